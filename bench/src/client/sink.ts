import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SinkLog } from "./sink-log.js";

export interface SinkOptions {
  readonly topic: string;
  /** What there is to fetch. */
  readonly log?: SinkLog | undefined;
}

/** A stand-in for a broker in a process of its own, so cheap that the client is what is measured. */
export class Sink {
  readonly #child: ChildProcess;
  readonly bootstrap: string;

  private constructor(child: ChildProcess, bootstrap: string) {
    this.#child = child;
    this.bootstrap = bootstrap;
  }

  static async start(options: SinkOptions): Promise<Sink> {
    const child = fork(fileURLToPath(new URL("./sink.js", import.meta.url)), [JSON.stringify(options)]);
    const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
    return new Sink(child, `127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }
}
