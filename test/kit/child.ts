import { type ChildProcess, spawn } from "node:child_process";
import { cleanup } from "./cleanup.js";

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Keeps standard input open until {@link Child.endInput}; otherwise it is empty. */
  readonly input?: boolean;
}

/** A process of the running test: what it prints is kept, and it is killed when the test ends. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #exited: Promise<void>;
  #errors = "";
  #rest = "";

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#process = spawn(command, args, {
      stdio: [options.input === true ? "pipe" : "ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => this.#print(text));
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.#process.on("error", (error) => {
      this.#errors += String(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#process.on("close", () => {
        resolve();
        for (const wake of this.#watchers) wake();
      });
    });
    cleanup(() => this.kill());
  }

  /** `undefined` where the program could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** `undefined` while it runs; the name of the signal that ended it, or its exit code. */
  get outcome(): string | number | undefined {
    return this.#process.signalCode ?? this.#process.exitCode ?? undefined;
  }

  /** Lines of standard output so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get errors(): string {
    return this.#errors;
  }

  /** The first line that `isIt` accepts. Rejects when the process ends without one. */
  async line(isIt: (line: string) => boolean): Promise<string> {
    for (let from = 0; ; ) {
      const found = this.#lines.slice(from).find(isIt);
      if (found !== undefined) return found;
      from = this.#lines.length;
      if (this.outcome !== undefined) throw new Error(`ended with ${this.outcome} before its line: ${this.#errors}`);
      await this.#change();
    }
  }

  /** Needs the option `input`. */
  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  endInput(): void {
    this.#process.stdin?.end();
  }

  /** `kill -9`, and waits until the process is gone. */
  async kill(): Promise<void> {
    if (this.outcome === undefined) this.#process.kill("SIGKILL");
    await this.#exited;
  }

  /** Asks it to stop with `SIGTERM`, and answers how it ended. */
  async stop(): Promise<string | number | undefined> {
    if (this.outcome === undefined) this.#process.kill("SIGTERM");
    return this.ended();
  }

  /** Waits for its end, and answers how that was. */
  async ended(): Promise<string | number | undefined> {
    await this.#exited;
    return this.outcome;
  }

  #print(text: string): void {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    this.#lines.push(...parts);
    for (const wake of this.#watchers) wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#watchers.delete(wake);
        resolve();
      };
      this.#watchers.add(wake);
    });
  }
}
