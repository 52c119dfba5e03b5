import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChildMessage } from "./messages.js";

/** One process of the demo. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #ready: Promise<ChildMessage>;
  #isExpectedToEnd = false;

  /**
   * @param program - File name of the built process, without its ending.
   * @param onEnd - Told when the process ended, with whether anybody had asked for it.
   */
  constructor(
    name: string,
    program: string,
    options: object,
    onMessage: (message: ChildMessage) => void,
    onEnd: (end: {
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly expected: boolean;
    }) => void,
  ) {
    this.name = name;
    this.#process = fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), [JSON.stringify(options)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#process.on("message", (message: ChildMessage) => {
        if (message.kind === "ready") resolve(message);
        onMessage(message);
      });
      this.#process.once("exit", (code, signal) =>
        reject(new Error(`${name} ended before it was ready: ${signal ?? code}`)),
      );
    });
    this.#ready.catch(() => {});
    this.#exited = once(this.#process, "exit").then(([code, signal]) => ({ code, signal }));
    void this.#exited.then((end) => onEnd({ ...end, expected: this.#isExpectedToEnd }));
  }

  /** Resolves with the message that says so; rejects when the process ends before. */
  ready(): Promise<ChildMessage> {
    return this.#ready;
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isExpectedToEnd = true;
    this.#process.kill("SIGKILL");
    await this.#exited;
  }

  /** Asks the process to end, and kills it when it has not after `graceMs`. */
  async stop(graceMs = 15_000): Promise<void> {
    this.#isExpectedToEnd = true;
    this.#process.kill("SIGTERM");
    const overdue = setTimeout(() => this.#process.kill("SIGKILL"), graceMs);
    await this.#exited;
    clearTimeout(overdue);
  }

  /** Resolves with the exit code of a process that ends by itself. */
  async end(): Promise<number | null> {
    this.#isExpectedToEnd = true;
    return (await this.#exited).code;
  }
}
