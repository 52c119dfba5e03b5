import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Figures } from "../case.js";
import { folderOf, peerNode, rdkafka, scriptPeers } from "./peer-packages.js";

export const clientNames = ["ottla", "platformatic", "kafkajs", "rdkafka"] as const;
export type ClientName = (typeof clientNames)[number];

/** What a client connects to, and with what. */
export interface ClientSetting {
  readonly bootstrap: string;
  readonly topic: string;
  /** Records are typed: the values are orders, under this Avro schema in the registry at this address. */
  readonly typed?: { readonly registry: string; readonly schema: unknown } | undefined;
}

/** What a client is asked to do; `kind` is one of the workloads of `programs/serve.js`. */
export type Work =
  | {
      readonly kind: "callers";
      readonly callers: number;
      readonly batchRecords?: number;
      readonly seconds: number;
      readonly bytes?: number;
    }
  | { readonly kind: "pipelined"; readonly seconds: number; readonly bytes: number }
  | { readonly kind: "steady"; readonly perSecond: number; readonly seconds: number; readonly bytes: number }
  | {
      readonly kind: "consume";
      readonly seconds?: number;
      readonly records?: number;
      /** For kafkajs, whose batches are faster than its messages, and the default here. */
      readonly each?: "message";
    };

/** Why a client cannot run here, where it cannot. */
export function clientMissing(name: ClientName): string | undefined {
  const packages = name === "rdkafka" ? rdkafka() : scriptPeers();
  return "missing" in packages ? packages.missing : undefined;
}

/** A client in a process of its own, on the Node that all of them run on. */
export class ClientProgram {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(name: ClientName, { bootstrap, topic, typed }: ClientSetting): Promise<ClientProgram> {
    // From dist/, where this is built to.
    const program = fileURLToPath(new URL(`../src/client/programs/${name}.js`, import.meta.url));
    const folder = folderOf(name === "rdkafka" ? rdkafka() : scriptPeers());
    const setting = { folder, bootstrap, topic, typed: typed !== undefined, ...typed };
    const execArgv = (process.env.OTTLA_BENCH_NODE_OPTIONS ?? "").split(" ").filter((option) => option !== "");
    const child = fork(program, [JSON.stringify(setting)], {
      execPath: peerNode(),
      // kafkajs sets timers that Node 24 warns of.
      execArgv: name === "ottla" ? execArgv : ["--no-warnings"],
    });
    const started = new ClientProgram(child);
    await started.#answer();
    return started;
  }

  async run(work: Work): Promise<Figures> {
    const answered = this.#answer();
    this.#child.send(work);
    const { figures, failed } = await answered;
    if (figures === undefined) throw new Error(failed);
    return figures;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  async #answer(): Promise<{ readonly figures?: Figures; readonly failed?: string }> {
    const gone = new AbortController();
    const onExit = () => gone.abort(new Error("the client's process ended"));
    this.#child.once("exit", onExit);
    try {
      const [answer] = (await once(this.#child, "message", { signal: gone.signal })) as [
        { readonly figures?: Figures; readonly failed?: string },
      ];
      return answer;
    } finally {
      this.#child.off("exit", onExit);
    }
  }
}
