import type { Admin, OffsetToCommit } from "@ottla/client";
import { throwIfFailed } from "../cluster/outcomes.js";
import { CommandError } from "../command-error.js";

/** The group whose commits say which records of a dead-letter topic were sent again. */
export const redriveGroup = (topic: string): string => `ottla-redrive-${topic}`;

/** Most brokers keep no more with an offset (`offset.metadata.max.bytes`). */
const longestNote = 4_096;

/**
 * Which offsets of one partition were sent again: all below `next`, and some behind it, since a filter passes records over.
 *
 *     sent       0 1 2 . 4 5 . . 8        next 3, noted "4-5,8" with the commit
 */
export class Redriven {
  #next: bigint;
  readonly #behind: Set<bigint>;

  constructor(next = 0n, note = "") {
    this.#next = next;
    this.#behind = new Set(rangesIn(note));
  }

  get next(): bigint {
    return this.#next;
  }

  /** How many were sent of those from `offset` on. */
  countFrom(offset: bigint): number {
    return [...this.#behind].filter((each) => each >= offset).length;
  }

  has(offset: bigint): boolean {
    return offset < this.#next || this.#behind.has(offset);
  }

  add(offset: bigint): void {
    if (offset >= this.#next) this.#behind.add(offset);
  }

  /** There is nothing below `offset` (any more) that was not sent. */
  pass(offset: bigint): void {
    if (offset > this.#next) this.#next = offset;
    for (const each of this.#behind) if (each < this.#next) this.#behind.delete(each);
    while (this.#behind.delete(this.#next)) this.#next += 1n;
  }

  /** What is noted with the commit of {@link Redriven.next}. */
  get note(): string {
    const ranges: string[] = [];
    let first: bigint | undefined;
    let last: bigint | undefined;
    const end = () => {
      if (first !== undefined) ranges.push(first === last ? `${first}` : `${first}-${last}`);
    };
    for (const offset of [...this.#behind].sort((a, b) => (a < b ? -1 : 1))) {
      if (last !== undefined && offset === last + 1n) {
        last = offset;
        continue;
      }
      end();
      first = offset;
      last = offset;
    }
    end();
    return ranges.join(",");
  }

  get fits(): boolean {
    return this.note.length <= longestNote;
  }
}

/** A damaged note of terabytes must not be believed. */
const mostNoted = 1_000_000n;

function* rangesIn(note: string): Iterable<bigint> {
  for (const [, from, to] of note.matchAll(/(\d{1,15})(?:-(\d{1,15}))?/g)) {
    const first = BigInt(from ?? 0);
    const last = to === undefined ? first : BigInt(to);
    if (last - first > mostNoted) continue;
    for (let offset = first; offset <= last; offset += 1n) yield offset;
  }
}

/** What was sent again of a topic, by partition. */
export async function redrivenOf(admin: Admin, topic: string, signal: AbortSignal): Promise<Map<number, Redriven>> {
  const committed = await admin.offsets.committed(redriveGroup(topic), { signal });
  throwIfFailed(committed);
  const ours = committed.filter((each) => each.topic === topic);
  return new Map(ours.map(({ partition, offset, metadata }) => [partition, new Redriven(offset ?? 0n, metadata)]));
}

/** Remembers what was sent again. @throws CommandError */
export async function commitRedriven(
  admin: Admin,
  topic: string,
  redriven: ReadonlyMap<number, Redriven>,
): Promise<void> {
  const offsets: OffsetToCommit[] = [];
  for (const [partition, each] of redriven) {
    if (!each.fits) {
      throw new CommandError(
        `${topic}-${partition}: too many records lie scattered before others to remember which were sent`,
        {
          hint: "Send those in between as well, or drop them.",
        },
      );
    }
    offsets.push({ topic, partition, offset: each.next, metadata: each.note });
  }
  if (offsets.length > 0) throwIfFailed(await admin.offsets.commit(redriveGroup(topic), offsets));
}
