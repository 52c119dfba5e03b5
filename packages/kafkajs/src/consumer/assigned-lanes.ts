import { type Consumer as ClientConsumer, NotAssignedError, type RawTopic, type SeekTarget } from "@ottla/client";
import type { TopicPartition, TopicPartitions } from "../config/cluster-types.js";
import { keyOf, type OffsetBook } from "./offset-book.js";
import { PartitionLane } from "./partition-lane.js";
import { PausedPartitions, type TopicSelection } from "./paused-partitions.js";

/** What lanes ask of the run they are of. */
interface LanesHost {
  /** Something may be handled now. */
  changed(): void;
  failed(error: unknown): void;
}

/** Bytes that wait for handlers, over all partitions, beside one fetched batch of each. */
const heldBytesLimit = 16 * 1024 * 1024;
const specialOffsets = new Map<bigint, "latest" | "earliest">([
  [-1n, "latest"],
  [-2n, "earliest"],
]);

/** The partitions that are this member's, in the order of their turns: which of them are paused, and where they are read. */
export class AssignedLanes implements Iterable<PartitionLane> {
  readonly #consumer: Pick<ClientConsumer<RawTopic>, "pause" | "resume" | "seek">;
  readonly #book: OffsetBook;
  readonly #host: LanesHost;
  readonly #lanes = new Map<string, PartitionLane>();
  readonly #paused = new PausedPartitions();
  /** Where partitions are to begin that are not this member's yet. */
  readonly #sought = new Map<string, SeekTarget>();

  constructor(
    consumer: Pick<ClientConsumer<RawTopic>, "pause" | "resume" | "seek">,
    book: OffsetBook,
    host: LanesHost,
  ) {
    this.#consumer = consumer;
    this.#book = book;
    this.#host = host;
  }

  [Symbol.iterator](): Iterator<PartitionLane> {
    return this.#lanes.values();
  }

  find(place: TopicPartition): PartitionLane | undefined {
    return this.#lanes.get(keyOf(place));
  }

  /** New partitions; nothing is read of them before {@link AssignedLanes.begin}. */
  add(places: readonly TopicPartition[]): void {
    for (const place of places) this.#lanes.set(keyOf(place), new PartitionLane(place));
    this.#applyPauses();
  }

  /** Where new partitions begin: as they were sought, else at their start if they are among `atStart`, else where the client says. */
  begin(places: readonly TopicPartition[], atStart: readonly TopicPartition[]): void {
    const starts = new Set(atStart.map(keyOf));
    for (const { topic, partition } of places) {
      const key = keyOf({ topic, partition });
      const lane = this.#lanes.get(key);
      const start: SeekTarget | undefined = starts.has(key) ? { topic, partition, to: "earliest" } : undefined;
      const target = this.#sought.get(key) ?? start;
      this.#sought.delete(key);
      if (lane !== undefined && target !== undefined) this.#go(lane, target);
    }
  }

  /** They are others' now. */
  remove(lanes: readonly PartitionLane[]): void {
    for (const lane of lanes) {
      this.#lanes.delete(keyOf(lane));
      this.#book.forget(lane);
    }
  }

  /** A lane has had its turn. */
  toTheEnd(lane: PartitionLane): void {
    this.#lanes.delete(keyOf(lane));
    this.#lanes.set(keyOf(lane), lane);
  }

  /** @throws KafkaJSNonRetriableError */
  pause(selections: readonly TopicSelection[]): void {
    this.#paused.pause(selections);
    this.#applyPauses();
  }

  /** @throws KafkaJSNonRetriableError */
  resume(selections: readonly TopicSelection[]): void {
    this.#paused.resume(selections);
    this.#applyPauses();
  }

  paused(): TopicPartitions[] {
    return this.#paused.among(this);
  }

  /** Goes on reading elsewhere; a message being handled ends first, and does not count. */
  seek(place: TopicPartition, offset: bigint): void {
    const target: SeekTarget = { ...place, to: specialOffsets.get(offset) ?? offset };
    const lane = this.#lanes.get(keyOf(place));
    if (lane === undefined || lane.isRevoked) this.#sought.set(keyOf(place), target);
    else this.#go(lane, target);
  }

  /** Stops reading a partition that is paused or holds enough, and goes on with one that does not. */
  holdBack(lane: PartitionLane): void {
    const isToWait = lane.isPaused || lane.heldBytes >= heldBytesLimit / this.#lanes.size;
    if (isToWait === lane.isHeldBack || lane.isRevoked) return;
    lane.isHeldBack = isToWait;
    try {
      if (isToWait) this.#consumer.pause(lane);
      else this.#consumer.resume(lane);
    } catch (error) {
      // It is being taken away, which will be told in a moment.
      if (!(error instanceof NotAssignedError)) throw error;
    }
  }

  #applyPauses(): void {
    for (const lane of this.#lanes.values()) {
      lane.isPaused = this.#paused.isPaused(lane);
      this.holdBack(lane);
    }
    this.#host.changed();
  }

  #go(lane: PartitionLane, target: SeekTarget): void {
    lane.sought();
    if (typeof target.to === "bigint") this.#book.sought(lane, target.to);
    else this.#book.forget(lane);
    this.holdBack(lane);
    lane.isSeeking = true;
    void this.#consumer.seek(target).then(
      () => {
        lane.isSeeking = false;
      },
      (error: unknown) => {
        if (error instanceof NotAssignedError) this.#sought.set(keyOf(lane), target);
        else this.#host.failed(error);
      },
    );
  }
}
