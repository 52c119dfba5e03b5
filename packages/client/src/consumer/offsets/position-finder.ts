import type { ConsumerSettings, StartPosition } from "../consumer-options.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import type { CoordinatorLink } from "../membership/coordinator-link.js";
import { partitionKey } from "../topic-partition.js";
import { committedOffsets } from "./offset-lookup.js";
import type { PositionReset } from "./position-reset.js";
import { beginAt } from "./seek.js";

/** Finds where a group's member begins: at the committed offset, else where `from` says. */
export class PositionFinder {
  readonly #link: CoordinatorLink;
  readonly #reset: PositionReset;
  readonly #settings: ConsumerSettings;
  readonly #signal: AbortSignal;

  constructor(link: CoordinatorLink, reset: PositionReset, settings: ConsumerSettings, signal: AbortSignal) {
    this.#link = link;
    this.#reset = reset;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** Begins each partition where the application said, else at its committed offset. @throws what will not pass by itself. */
  async find(partitions: readonly AssignedPartition[]): Promise<void> {
    const { assign, groupId } = this.#settings;
    if (assign === undefined) return this.findCommitted(partitions);
    const from = new Map(assign.map((each) => [partitionKey(each), each.from]));
    const placed: { readonly partition: AssignedPartition; readonly at: bigint | StartPosition }[] = [];
    const rest: AssignedPartition[] = [];
    for (const partition of partitions) {
      const at = from.get(partitionKey(partition));
      if (at === undefined) rest.push(partition);
      else placed.push({ partition, at });
    }
    await beginAt(this.#reset, placed);
    if (groupId === "") await this.#reset.reset(rest, undefined);
    else if (rest.length > 0) await this.findCommitted(rest);
  }

  /** Begins each partition at its committed offset. @throws what will not pass by itself. */
  async findCommitted(partitions: readonly AssignedPartition[]): Promise<void> {
    const { isReadCommitted, groupId } = this.#settings;
    const offsets = await this.#reset.untilAnswered(`committed offsets of group "${groupId}"`, partitions, () =>
      committedOffsets(this.#link, partitions, { isReadCommitted, signal: this.#signal }),
    );
    if (offsets === undefined) return;
    const without: AssignedPartition[] = [];
    for (const partition of partitions) {
      const committed = offsets.get(partitionKey(partition));
      // The application was faster, and said itself where to begin.
      if (partition.position !== undefined) continue;
      if (committed === undefined) {
        without.push(partition);
      } else {
        partition.begin(committed.offset, committed.leaderEpoch);
        partition.committed = committed.offset;
      }
    }
    await this.#reset.reset(without, undefined);
  }
}
