import { spawn } from "node:child_process";
import { SchemaCheckError } from "../check-error.js";

/** Runs git in a folder. Its own configuration, and what its environment says of the terminal, do not matter to the answers. */
export class Git {
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  constructor(folder: string, signal?: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** What a command prints. @throws {@link GitFailure}, {@link SchemaCheckError} `NO_GIT`, `signal.reason` */
  run(args: readonly string[], input?: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = spawn("git", ["-c", "core.quotePath=false", ...args], {
        cwd: this.#folder,
        env: { ...process.env, GIT_LITERAL_PATHSPECS: "1", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
        signal: this.#signal,
        windowsHide: true,
      });
      const out: Buffer[] = [];
      const complaints: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
      child.on("error", (cause) => {
        if (this.#signal?.aborted) reject(this.#signal.reason);
        else reject(new SchemaCheckError("NO_GIT", `git could not be run: ${cause.message}`, { cause }));
      });
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(out));
        else reject(new GitFailure(args, Buffer.concat(complaints).toString("utf8").trim()));
      });
      // git may end before it has read all: then its exit says why.
      child.stdin.on("error", () => {});
      child.stdin.end(input ?? "");
    });
  }

  /** What a command prints, as a line of text; `undefined` where it fails. */
  async line(...args: readonly string[]): Promise<string | undefined> {
    try {
      return (await this.run(args)).toString("utf8").trim();
    } catch (error) {
      if (error instanceof GitFailure) return undefined;
      throw error;
    }
  }
}

/** git ended with an error. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";

  constructor(args: readonly string[], complaint: string) {
    super(`git ${args[0]}: ${complaint}`);
  }
}
