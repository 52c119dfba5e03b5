import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { Child } from "../kit/child.js";
import { eventually } from "../kit/eventually.js";
import { nodeBinary } from "../kit/node-binary.js";
import { Ownership } from "./ownership.js";

const main = fileURLToPath(new URL("./member-main.js", import.meta.url));

/** The command of a member that uses our client. */
export function ourMember(settings: {
  readonly bootstrap: string;
  readonly topic: string;
  readonly group: string;
  readonly assignors: readonly string[];
}): readonly string[] {
  return [nodeBinary, main, JSON.stringify(settings)];
}

/** Members in processes of their own, and what they said. */
export class Members {
  readonly ownership = new Ownership();
  readonly #partitions: number;
  readonly #running = new Map<string, { readonly child: Child; read: number }>();

  /** @param partitions - How many the topic has. */
  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  start(name: string, [program = "", ...args]: readonly string[]): void {
    this.#running.set(name, { child: new Child(program, args), read: 0 });
  }

  async kill(name: string): Promise<void> {
    await this.#end(name, (child) => child.kill());
  }

  async stop(name: string): Promise<void> {
    await this.#end(name, async (child) => {
      expect(await child.stop(), child.errors).toBe(0);
    });
  }

  async #end(name: string, end: (child: Child) => Promise<void>): Promise<void> {
    const member = this.#running.get(name);
    if (member === undefined) throw new Error(`no member ${name}`);
    await end(member.child);
    this.look();
    this.ownership.gone(name, process.hrtime.bigint());
    this.#running.delete(name);
  }

  /** Takes in what was printed since the last look, and answers who has what. */
  look(): Readonly<Record<string, readonly number[]>> {
    for (const [name, member] of this.#running) {
      const lines = member.child.lines.slice(member.read);
      member.read += lines.length;
      for (const line of lines) this.ownership.read(name, line);
      if (member.child.outcome !== undefined && member.child.outcome !== "SIGKILL" && member.child.outcome !== 0) {
        throw new Error(`${name} ended with ${member.child.outcome}: ${member.child.errors}`);
      }
    }
    return Object.fromEntries([...this.#running.keys()].map((name) => [name, this.ownership.heldBy(name)]));
  }

  /** Waits until these members have so many partitions or more each, and all partitions between them. */
  async settled(each: number, ...names: readonly string[]): Promise<void> {
    await eventually(
      () => {
        const held = this.look();
        const theirs = names.map((name) => held[name] ?? []);
        return theirs.every(({ length }) => length >= each) && theirs.flat().length === this.#partitions;
      },
      { withinMs: 20_000, what: `partitions to settle on ${names.join(", ")}` },
    );
  }

  /** How many different records were handled. */
  get handled(): number {
    return new Set(this.ownership.handled.map(({ value }) => value)).size;
  }
}
