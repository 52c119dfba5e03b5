import type { SeenRecord } from "../../kit/partition-history.js";
import { Silences } from "./silences.js";

interface Progress {
  /** Everything before it was read by somebody. */
  next: number;
  readonly records: SeenRecord[];
}

/** What the members of a group read, and whether an assignment explains each record that comes again. */
export class ReadingJournal {
  /** What must not be; empty when all is well. */
  readonly violations: string[] = [];
  /** Between records that nobody had read before. */
  readonly silences = new Silences();
  /** Records that came again, after another assignment. */
  repeated = 0;
  readonly #partitions = new Map<number, Progress>();
  /** The next offset by member and partition, while assigned; undefined before the first record. */
  readonly #assigned = new Map<string, number | undefined>();

  assigned(member: string, partition: number): void {
    this.#assigned.set(`${member}/${partition}`, undefined);
  }

  gaveUp(member: string, partition: number): void {
    this.#assigned.delete(`${member}/${partition}`);
  }

  /** Within an assignment offsets have neither holes nor repeats; a new one may begin with records that were read, but leaves out none. */
  read(member: string, partition: number, record: SeenRecord): void {
    const key = `${member}/${partition}`;
    const progress = this.#progress(partition);
    const { offset } = record;
    const expected = this.#assigned.get(key);
    if (!this.#assigned.has(key)) {
      this.violations.push(`${key}: offset ${offset} is read without an assignment`);
    } else if (expected !== undefined && offset !== expected) {
      this.violations.push(`${key}: offset ${offset} follows ${expected - 1} within one assignment`);
    } else if (offset > progress.next) {
      this.violations.push(`${key}: an assignment begins at ${offset}, and nobody has read ${progress.next}`);
    }
    this.#assigned.set(key, offset + 1);
    progress.records.push(record);
    if (offset < progress.next) {
      this.repeated += 1;
    } else {
      progress.next = offset + 1;
      this.silences.moved(partition, Date.now());
    }
  }

  /** Whether somebody has read every partition up to these offsets. */
  hasReadTo(ends: readonly number[]): boolean {
    return ends.every((end, partition) => this.#progress(partition).next >= end);
  }

  /** Behind the last record of a partition that was read. */
  nextOf(partition: number): number {
    return this.#progress(partition).next;
  }

  /** All that was read of a partition, in the order in which it was. */
  recordsOf(partition: number): readonly SeenRecord[] {
    return this.#progress(partition).records;
  }

  #progress(partition: number): Progress {
    let progress = this.#partitions.get(partition);
    if (progress === undefined) {
      progress = { next: 0, records: [] };
      this.#partitions.set(partition, progress);
    }
    return progress;
  }
}
