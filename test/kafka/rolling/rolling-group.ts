import { GroupMember, type GroupProtocol } from "./group-member.js";
import { ReadingJournal } from "./reading-journal.js";

/** A group of ours. Nobody who comes or goes may cost it a record. */
export class RollingGroup {
  readonly groupId: string;
  readonly journal = new ReadingJournal();
  readonly #brokers: readonly string[];
  readonly #groupProtocol: GroupProtocol;
  readonly #members: GroupMember[] = [];
  #left = 0;

  constructor(brokers: readonly string[], groupId: string, groupProtocol: GroupProtocol, size: number) {
    this.#brokers = brokers;
    this.groupId = groupId;
    this.#groupProtocol = groupProtocol;
    for (let member = 0; member < size; member += 1) this.join();
  }

  /** A member more, from now on. */
  join(): void {
    const name = `${this.groupId}-${this.#members.length + 1}`;
    const group = { groupId: this.groupId, groupProtocol: this.#groupProtocol };
    this.#members.push(new GroupMember(name, this.#brokers, group, this.journal));
  }

  /** The member that has been there longest goes. */
  async leave(): Promise<void> {
    await this.#members[this.#left]?.close();
    this.#left += 1;
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.slice(this.#left).map((member) => member.close()));
  }

  /** What all its members told, with how often they did. */
  events(): readonly string[] {
    const sums = new Map<string, number>();
    for (const { events } of this.#members) {
      for (const [what, count] of events) sums.set(what, (sums.get(what) ?? 0) + count);
    }
    return [...sums].toSorted(([, a], [, b]) => b - a).map(([what, count]) => `  ${count} × ${what}`);
  }
}
