import { Violation } from "../kit/violation.js";

/** A time during which a member had a partition. Times in nanoseconds of the machine's monotonic clock. */
export interface Tenure {
  readonly member: string;
  readonly partition: number;
  readonly from: bigint;
  readonly until: bigint;
}

/** A record that a member handled. */
export interface Handled {
  readonly member: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: string;
  readonly at: bigint;
}

/** What members of one group said they had and did, in the order of their lines. */
export class Ownership {
  readonly tenures: Tenure[] = [];
  readonly handled: Handled[] = [];
  readonly #since = new Map<string, Map<number, bigint>>();

  /** Takes a line as `member-main.js` prints it. */
  read(member: string, line: string): void {
    const [what = "", time = "0", ...rest] = line.split(" ");
    const at = BigInt(time);
    if (what === "handled") {
      const [partition, offset = "0", value = ""] = rest;
      this.handled.push({ member, partition: Number(partition), offset: BigInt(offset), value, at });
    } else if (what === "assigned") {
      for (const partition of partitionsOf(rest[0])) this.#of(member).set(partition, at);
    } else if (what === "revoked") {
      for (const partition of partitionsOf(rest[0])) this.#end(member, partition, at);
    } else if (what === "lost") {
      throw new Violation(`${member} lost ${rest[0]} without being asked`);
    }
  }

  /** Ends all that a member has: it is gone since then. */
  gone(member: string, at: bigint): void {
    for (const partition of [...this.#of(member).keys()]) this.#end(member, partition, at);
  }

  /** Partitions that a member has now. */
  heldBy(member: string): readonly number[] {
    return [...this.#of(member).keys()].sort((a, b) => a - b);
  }

  /** @throws Violation where two members had a partition at one time, or one handled a record of a partition it did not have. */
  check(): void {
    const byPartition = new Map<number, Tenure[]>();
    for (const tenure of this.tenures) {
      byPartition.set(tenure.partition, [...(byPartition.get(tenure.partition) ?? []), tenure]);
    }
    for (const tenures of byPartition.values()) {
      const inOrder = tenures.toSorted((a, b) => Number(a.from - b.from));
      for (const [index, tenure] of inOrder.entries()) {
        const next = inOrder[index + 1];
        if (next !== undefined && next.from < tenure.until) {
          throw new Violation(`partition ${tenure.partition}: ${tenure.member} had it when ${next.member} got it`);
        }
      }
    }
    for (const { member, partition, offset, at } of this.handled) {
      const tenures = byPartition.get(partition) ?? [];
      if (!tenures.some((each) => each.member === member && each.from <= at && at <= each.until)) {
        throw new Violation(`${member} handled ${partition}/${offset} when it did not have the partition`);
      }
    }
  }

  #of(member: string): Map<number, bigint> {
    const known = this.#since.get(member) ?? new Map<number, bigint>();
    this.#since.set(member, known);
    return known;
  }

  #end(member: string, partition: number, until: bigint): void {
    const from = this.#of(member).get(partition);
    if (from === undefined) throw new Violation(`${member} gave up ${partition}, which it did not have`);
    this.#of(member).delete(partition);
    this.tenures.push({ member, partition, from, until });
  }
}

function partitionsOf(list: string | undefined): readonly number[] {
  return list === undefined || list === "" ? [] : list.split(",").map(Number);
}
