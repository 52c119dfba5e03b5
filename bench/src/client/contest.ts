import type { BenchCase, Figures } from "../case.js";
import { type ClientName, ClientProgram, type ClientSetting, clientMissing, type Work } from "./client-program.js";
import type { TestServer } from "./test-server.js";

/** One way to do the work: a client, and what it is asked to do. */
export interface Participant {
  readonly client: ClientName;
  readonly work: Work;
}

/** What a figure of ours is to be beside that of others: of several the best. */
export interface ClientAim {
  readonly figure: string;
  readonly of: string;
  readonly over: readonly string[];
  /** As `>= 1.5`; absent where the figure is only told. */
  readonly aim?: string;
}

/**
 * The same work by several clients in turn, in every run: what else the machine does meets all of them. Their processes stay between
 * the runs, the first of which is not counted: it warms them. `fresh` ones are begun for each run, for what they take of memory.
 */
export function contest(options: {
  readonly what: string;
  readonly serve: () => Promise<TestServer>;
  readonly participants: Readonly<Record<string, Participant>>;
  readonly aims: readonly ClientAim[];
  readonly fresh?: boolean;
}): BenchCase {
  const programs = new Map<ClientName, ClientProgram>();
  const { participants, aims, fresh = false } = options;
  let server: TestServer | undefined;

  const runOne = async ({ client, work }: Participant, setting: ClientSetting): Promise<Figures> => {
    const program = programs.get(client) ?? (await ClientProgram.start(client, setting));
    programs.set(client, program);
    const figures = await program.run(work);
    if (fresh) {
      await program.stop();
      programs.delete(client);
    }
    return figures;
  };

  const runAll = async (): Promise<Figures> => {
    server ??= await options.serve();
    const figures: Record<string, number> = {};
    for (const [name, participant] of Object.entries(participants)) {
      if (clientMissing(participant.client) !== undefined) continue;
      for (const [figure, value] of Object.entries(await runOne(participant, server.setting)))
        figures[`${name}: ${figure}`] = value;
    }
    for (const aim of aims) Object.assign(figures, ratioOf(aim, figures));
    return figures;
  };

  return {
    get what() {
      const left = [...new Set(Object.values(participants).map(({ client }) => client))];
      const missing = left.flatMap((client) => clientMissing(client) ?? []);
      return [options.what, ...missing].join("; ");
    },
    runs: 5,
    missing() {
      // All are asked, so that what has to be compiled is there before the first begins.
      for (const { client } of Object.values(participants)) clientMissing(client);
      return clientMissing("ottla");
    },
    async run() {
      if (server === undefined && !fresh) await runAll();
      return runAll();
    },
    async end() {
      for (const program of programs.values()) await program.stop();
      programs.clear();
      await server?.stop();
      server = undefined;
    },
  };
}

const smallIsGood = /RSS|CPU/;

/** Nothing where all it is to be compared with is missing. */
function ratioOf({ figure, of, over, aim }: ClientAim, figures: Figures): Figures {
  const others = over.flatMap((name) => figures[`${name}: ${figure}`] ?? []);
  if (others.length === 0) return {};
  const best = smallIsGood.test(figure) ? Math.min(...others) : Math.max(...others);
  const name = `${figure}: ${of} / ${over.length > 1 ? "best other" : over[0]}${aim === undefined ? "" : ` (aim ${aim})`}`;
  return { [name]: (figures[`${of}: ${figure}`] ?? Number.NaN) / best };
}
