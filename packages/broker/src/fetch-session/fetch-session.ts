import type { PartitionLog } from "../log/partition-log.js";
import { type NamedPartition, partitionKey } from "./named-partition.js";
import { SessionPartition } from "./session-partition.js";

const maxEpoch = 2_147_483_647;

/**
 * What one client fetches (KIP-227). Partitions are remembered, so that its requests name only what changed; and they are marked
 * when their logs move, so that a fetch looks at those and not at the thousands where nothing happened.
 */
export class FetchSession {
  readonly id: number;
  /** Whether it is of a replica, which is worth more than a consumer. */
  readonly isPrivileged: boolean;
  readonly usesTopicIds: boolean;
  readonly createdMs: number;
  lastUsedMs: number;
  #epoch = 1;
  isClosed = false;
  readonly #onClose: () => void;
  readonly #partitions = new Map<string, SessionPartition>();
  readonly #marked = new Set<SessionPartition>();
  #isolationLevel: number;
  #turns = 0;
  #wake: () => void = () => {};

  constructor(options: {
    readonly id: number;
    readonly isPrivileged: boolean;
    readonly usesTopicIds: boolean;
    readonly isolationLevel: number;
    readonly nowMs: number;
    /** Called once, when it is closed. */
    readonly onClose: () => void;
  }) {
    this.id = options.id;
    this.isPrivileged = options.isPrivileged;
    this.usesTopicIds = options.usesTopicIds;
    this.#isolationLevel = options.isolationLevel;
    this.createdMs = options.nowMs;
    this.lastUsedMs = options.nowMs;
    this.#onClose = options.onClose;
  }

  /** That the next request must have. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A request goes on with the session. 0 begins one, so it is left out. */
  goOn(): void {
    this.#epoch = this.#epoch === maxEpoch ? 1 : this.#epoch + 1;
  }

  get size(): number {
    return this.#partitions.size;
  }

  /** The partitions that have to be looked at, in no order. */
  get marked(): ReadonlySet<SessionPartition> {
    return this.#marked;
  }

  /** Adds a partition, or takes over what is asked of it now. */
  put({ topic, request }: NamedPartition): SessionPartition {
    const key = partitionKey(topic, request.partition);
    let partition = this.#partitions.get(key);
    if (partition === undefined) {
      partition = new SessionPartition(topic, request, this.#nextTurn());
      this.#partitions.set(key, partition);
    } else {
      partition.request = request;
    }
    this.#marked.add(partition);
    return partition;
  }

  forget(topic: string, index: number): void {
    const key = partitionKey(topic, index);
    const partition = this.#partitions.get(key);
    if (partition === undefined) return;
    partition.unwatch();
    this.#marked.delete(partition);
    this.#partitions.delete(key);
  }

  /** What may be seen is another thing under another isolation level. */
  setIsolationLevel(isolationLevel: number): void {
    if (isolationLevel === this.#isolationLevel) return;
    this.#isolationLevel = isolationLevel;
    for (const partition of this.#partitions.values()) this.#marked.add(partition);
  }

  /** Marks the partition each time this log moves. */
  watch(partition: SessionPartition, log: PartitionLog | undefined): void {
    if (this.isClosed || !this.#isMember(partition)) return;
    partition.watch(log, () => {
      this.#marked.add(partition);
      this.#wake();
    });
  }

  /** Nothing more to see until its log moves. */
  unmark(partition: SessionPartition): void {
    this.#marked.delete(partition);
  }

  /** Lets all others come first the next time. */
  moveToEnd(partition: SessionPartition): void {
    partition.turn = this.#nextTurn();
  }

  /** Calls `listener` when a partition is marked or the session is closed, in place of the listener before. Answers the call that ends it. */
  onMark(listener: () => void): () => void {
    // A request that takes over the session lets go of the one that waits: that one is answered with an error.
    this.#wake();
    this.#wake = listener;
    return () => {
      if (this.#wake === listener) this.#wake = () => {};
    };
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#onClose();
    for (const partition of this.#partitions.values()) partition.unwatch();
    this.#wake();
  }

  #isMember(partition: SessionPartition): boolean {
    return this.#partitions.get(partitionKey(partition.topic, partition.request.partition)) === partition;
  }

  #nextTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }
}
