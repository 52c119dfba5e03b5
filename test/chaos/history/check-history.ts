import { type Edges, findCycle } from "./find-cycle.js";
import type { History, Isolation, Read, Transaction, Write } from "./history.js";

/** What may be wrong with a history, after Jepsen's names. */
export type AnomalyKind =
  /** Acknowledged, or read by somebody, and not there in the end. */
  | "lost"
  /** One record of an idempotent producer stands at two offsets. */
  | "duplicate"
  /** A reader of committed records was given one of a transaction that was aborted; or somebody one that was refused. */
  | "aborted read"
  /** Of one transaction some records are there and others are not. */
  | "torn transaction"
  /** One offset was told to hold two values. */
  | "diverging offset"
  /** Records of one producer stand in another order than they were sent in, or a reader went back. */
  | "reordered"
  /** A reader went past a record that it should have been given. */
  | "skipped"
  /** A record that nobody sent. */
  | "phantom"
  /** Transactions that follow from one another in a circle. */
  | "cycle";

export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly text: string;
}

/** Finds all that cannot be in a history of a log that keeps its promises. Empty when there is nothing. */
export function checkHistory(history: History): readonly Anomaly[] {
  return new Checker(history).check();
}

type PartitionValues = Map<string, Map<number, string>>;

class Checker {
  readonly #history: History;
  readonly #anomalies: Anomaly[] = [];
  readonly #writes = new Map<string, Write>();
  readonly #outcomes = new Map<string, Transaction["outcome"]>();
  readonly #reads: readonly Read[];
  /** By partition and offset, as anybody was told. */
  readonly #told: PartitionValues = new Map();
  /** By partition and offset, as the last readers of whole partitions found it. */
  readonly #final: Record<Isolation, PartitionValues> = { committed: new Map(), uncommitted: new Map() };

  constructor(history: History) {
    this.#history = history;
    this.#reads = history.filter((each) => each.kind === "read");
    for (const each of history) {
      if (each.kind === "write") this.#writes.set(each.value, each);
      else if (each.kind === "transaction") this.#outcomes.set(each.transaction, each.outcome);
    }
  }

  check(): readonly Anomaly[] {
    this.#gatherFinal();
    this.#findDiverging();
    this.#findDuplicates();
    this.#findWrongReads();
    this.#findLost();
    this.#findTorn();
    this.#findWronglyMade();
    this.#findReordered();
    this.#findSkipped();
    this.#findCycle();
    return this.#anomalies;
  }

  #add(kind: AnomalyKind, text: string): void {
    this.#anomalies.push({ kind, text });
  }

  #gatherFinal(): void {
    const names = new Map<string, Isolation>();
    for (const each of this.#history) {
      if (each.kind !== "whole") continue;
      names.set(`${each.reader} ${each.partition}`, each.isolation);
      this.#final[each.isolation].set(each.partition, new Map());
    }
    for (const { reader, partition, offset, value } of this.#reads) {
      const isolation = names.get(`${reader} ${partition}`);
      if (isolation !== undefined) this.#final[isolation].get(partition)?.set(offset, value);
    }
  }

  #findDiverging(): void {
    const tell = (partition: string, offset: number, value: string, how: string): void => {
      const values = this.#told.get(partition) ?? new Map<number, string>();
      this.#told.set(partition, values);
      const before = values.get(offset);
      if (before === undefined) values.set(offset, value);
      else if (before !== value)
        this.#add("diverging offset", `${partition}@${offset} is ${before}, and ${how} as ${value}`);
    };
    for (const each of this.#history) {
      if (each.kind === "read") tell(each.partition, each.offset, each.value, `read by ${each.reader}`);
      else if (each.kind === "write" && each.outcome === "ok" && each.offset !== undefined)
        tell(each.partition, each.offset, each.value, "acknowledged");
    }
  }

  #findDuplicates(): void {
    const places = new Map<string, string>();
    for (const [partition, values] of this.#told) {
      for (const [offset, value] of values) {
        const place = `${partition}@${offset}`;
        const before = places.get(value);
        places.set(value, place);
        if (before !== undefined && this.#writes.get(value)?.isIdempotent === true)
          this.#add("duplicate", `${value} stands at ${before} and at ${place}`);
      }
    }
  }

  #findWrongReads(): void {
    for (const { reader, isolation, partition, offset, value } of this.#reads) {
      const write = this.#writes.get(value);
      const where = `${reader} was given ${value} at ${partition}@${offset}`;
      if (write === undefined || write.partition !== partition)
        this.#add("phantom", `${where}, which nobody sent there`);
      else if (write.outcome === "failed") this.#add("aborted read", `${where}, which was refused`);
      else if (isolation === "committed" && this.#outcomeOf(write) === "aborted")
        this.#add("aborted read", `${where} of the aborted ${write.transaction}`);
    }
  }

  /** `undefined` where a write is in no transaction. */
  #outcomeOf({ transaction }: Write): Transaction["outcome"] | undefined {
    return transaction === undefined ? undefined : (this.#outcomes.get(transaction) ?? "unknown");
  }

  #findLost(): void {
    const whole = this.#history.filter((each) => each.kind === "whole");
    for (const { partition, isolation, from } of whole) {
      const found = new Set(this.#final[isolation].get(partition)?.values());
      for (const write of this.#writes.values()) {
        if (write.partition !== partition || write.outcome !== "ok" || (write.offset ?? from) < from) continue;
        const outcome = this.#outcomeOf(write);
        const isExpected = outcome === undefined || outcome === "committed" || isolation === "uncommitted";
        if (isExpected && !found.has(write.value))
          this.#add(
            "lost",
            `${write.value} was acknowledged at ${partition}@${write.offset} and is not there (${isolation})`,
          );
      }
      for (const read of this.#reads) {
        if (read.partition !== partition || read.isolation !== isolation || read.offset < from) continue;
        if (!found.has(read.value))
          this.#add(
            "lost",
            `${read.value} was given to ${read.reader} at ${partition}@${read.offset} and is not there`,
          );
      }
    }
  }

  #findTorn(): void {
    const seen = new Map<string, { there: string[]; missing: string[] }>();
    for (const write of this.#writes.values()) {
      const { transaction, partition, value, outcome } = write;
      const found = this.#final.committed.get(partition);
      if (transaction === undefined || found === undefined || outcome !== "ok") continue;
      const parts = seen.get(transaction) ?? { there: [], missing: [] };
      seen.set(transaction, parts);
      (write.offset !== undefined && found.get(write.offset) === value ? parts.there : parts.missing).push(value);
    }
    for (const [transaction, { there, missing }] of seen) {
      if (there.length > 0 && missing.length > 0)
        this.#add("torn transaction", `of ${transaction} there is ${there.join(", ")}, but not ${missing.join(", ")}`);
    }
  }

  /** Each record that a group went past is to have been made into exactly one. */
  #findWronglyMade(): void {
    const made = new Map<string, string>();
    for (const [partition, records] of this.#final.committed) {
      for (const [offset, value] of records) {
        const source = this.#writes.get(value)?.source;
        if (source === undefined) continue;
        const place = `${partition}@${offset}`;
        const before = made.get(source);
        if (before !== undefined) this.#add("duplicate", `${source} was made into ${before} and into ${place}`);
        made.set(source, place);
      }
    }
    for (const progress of this.#history) {
      if (progress.kind !== "progress") continue;
      for (const offset of this.#final.committed.get(progress.partition)?.keys() ?? []) {
        const source = `${progress.partition}@${offset}`;
        if (offset < progress.offset && !made.has(source))
          this.#add("lost", `the group is at ${progress.offset}, and nothing was made of ${source}`);
        if (offset >= progress.offset && made.has(source))
          this.#add(
            "torn transaction",
            `${made.get(source)} was made of ${source}, and the group is at ${progress.offset}`,
          );
      }
    }
  }

  #findReordered(): void {
    for (const values of [...this.#final.uncommitted, ...this.#final.committed]) {
      const [partition, records] = values;
      const offsets = new Map([...records].map(([offset, value]) => [value, offset]));
      const last = new Map<string, { offset: number; value: string }>();
      for (const { producer, value } of this.#writes.values()) {
        const offset = offsets.get(value);
        if (offset === undefined) continue;
        const before = last.get(producer);
        if (before !== undefined && before.offset > offset)
          this.#add(
            "reordered",
            `${partition}: ${value} at ${offset} was sent after ${before.value} at ${before.offset}`,
          );
        else last.set(producer, { offset, value });
      }
    }
    const positions = new Map<string, number>();
    for (const { reader, partition, offset } of this.#reads) {
      const key = `${reader} ${partition}`;
      const before = positions.get(key) ?? -1;
      if (offset <= before) this.#add("reordered", `${reader} was given ${partition}@${offset} after ${before}`);
      positions.set(key, offset);
    }
  }

  #findSkipped(): void {
    const sorted = {
      committed: sortedOffsets(this.#final.committed),
      uncommitted: sortedOffsets(this.#final.uncommitted),
    };
    // Where in the final content each reader was given its last record.
    const positions = new Map<string, number>();
    for (const { reader, isolation, partition, offset } of this.#reads) {
      const offsets = sorted[isolation].get(partition);
      const index = offsets === undefined ? -1 : indexOf(offsets, offset);
      if (offsets === undefined || index < 0) continue;
      const key = `${reader} ${partition}`;
      const before = positions.get(key);
      if (before !== undefined && index > before + 1)
        this.#add(
          "skipped",
          `${reader} went from ${partition}@${offsets[before]} to ${offset}, past ${offsets[before + 1]}`,
        );
      positions.set(key, index);
    }
  }

  /** Circular information flow: a transaction that follows, by what was read, from one that follows from it. */
  #findCycle(): void {
    const edges: Edges = new Map();
    for (const { transaction, value } of this.#reads) {
      const from = this.#writes.get(value)?.transaction;
      if (transaction === undefined || from === undefined || from === transaction) continue;
      edges.set(from, (edges.get(from) ?? new Set()).add(transaction));
    }
    const cycle = findCycle(edges);
    if (cycle !== undefined) this.#add("cycle", cycle.join(" → "));
  }
}

function sortedOffsets(values: PartitionValues): Map<string, readonly number[]> {
  return new Map([...values].map(([partition, records]) => [partition, [...records.keys()].sort((a, b) => a - b)]));
}

/** Position of a number in an ascending list, -1 where it is not in it. */
function indexOf(ascending: readonly number[], wanted: number): number {
  let low = 0;
  for (let high = ascending.length - 1; low <= high; ) {
    const middle = (low + high) >> 1;
    const found = ascending[middle] as number;
    if (found === wanted) return middle;
    if (found < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
