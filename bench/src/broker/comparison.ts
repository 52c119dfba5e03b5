import type { BenchCase, Figures } from "../case.js";
import { kafkaMissing } from "./kafka-jars.js";
import type { BrokerNode } from "./node.js";

/** What a figure of ours is to be as a multiple of Kafka's. */
export interface Aim {
  readonly figure: string;
  readonly of: string;
  readonly over: string;
  /** As `>= 1.5`; absent where the figure is only told. */
  readonly aim?: string;
}

/**
 * The same load on several brokers in turn, in every run: what else the machine does meets all of them. They stay up between the
 * runs, the first of which is not counted: it warms them.
 */
export function comparison(options: {
  readonly what: string;
  readonly brokers: Readonly<Record<string, () => Promise<BrokerNode>>>;
  readonly measure: (broker: BrokerNode, run: number) => Promise<Figures>;
  readonly aims: readonly Aim[];
  readonly runs?: number;
  readonly missing?: () => string | undefined;
}): BenchCase {
  const nodes = new Map<string, BrokerNode>();
  let run = 0;
  const once = async (): Promise<Figures> => {
    const figures: Record<string, number> = {};
    run += 1;
    for (const [name, start] of Object.entries(options.brokers)) {
      const node = nodes.get(name) ?? (await start());
      nodes.set(name, node);
      for (const [figure, value] of Object.entries(await options.measure(node, run)))
        figures[`${name} ${figure}`] = value;
    }
    for (const { figure, of, over, aim } of options.aims) {
      const ratio = (figures[`${of} ${figure}`] ?? Number.NaN) / (figures[`${over} ${figure}`] ?? Number.NaN);
      figures[`${figure}: ${of} / ${over}${aim === undefined ? "" : ` (aim ${aim})`}`] = ratio;
    }
    return figures;
  };
  return {
    what: options.what,
    runs: options.runs ?? 5,
    missing: options.missing ?? kafkaMissing,
    async run() {
      if (run === 0) await once();
      return once();
    },
    async end() {
      for (const node of nodes.values()) await node.remove();
      nodes.clear();
    },
  };
}
