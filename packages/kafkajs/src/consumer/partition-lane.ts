import type { ReceivedRecord } from "@ottla/client";
import type { TopicPartition } from "../config/cluster-types.js";

/** What a record costs beside its key and value, about. */
const recordBytes = 128;

/** A partition while it is this member's: what was read of it and is not handled, in order. */
export class PartitionLane implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  isPaused = false;
  /** It is being given up, or was: nothing more of it is handled. */
  isRevoked = false;
  /** A batch of it is being handled. */
  isBusy = false;
  /** Nothing more of it is read, for now: the application has paused it, or it holds enough. */
  isHeldBack = false;
  /** It waits before its next attempt. */
  isWaiting = false;
  /** It is not known yet where reading goes on. */
  isSeeking = false;
  /** Failures in a row. */
  failures = 0;
  /** Changes when the partition is sought: what was read before is not wanted any more. */
  #epoch = 0;
  #held: ReceivedRecord[] = [];
  #heldBytes = 0;
  #idleWaiters: (() => void)[] = [];

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** All that was read of it is handled. */
  get isDrained(): boolean {
    return this.#held.length === 0 && !this.isBusy && !this.isSeeking && !this.isRevoked;
  }

  /** There is something to handle, and nothing against it. */
  get isReady(): boolean {
    return this.#held.length > 0 && !this.isBusy && !this.isPaused && !this.isWaiting && !this.isRevoked;
  }

  add(records: readonly ReceivedRecord[]): void {
    for (const record of records) {
      this.#held.push(record);
      this.#heldBytes += sizeOf(record);
    }
  }

  /** All that is held, to be handled. */
  take(): readonly ReceivedRecord[] {
    const taken = this.#held;
    this.#clear();
    return taken;
  }

  /** What was taken at `epoch` and not handled, before what came since. */
  putBack(records: readonly ReceivedRecord[], epoch: number): void {
    if (epoch !== this.#epoch || this.isRevoked) return;
    this.#held = [...records, ...this.#held];
    for (const record of records) this.#heldBytes += sizeOf(record);
  }

  /** It is read elsewhere from now on. */
  sought(): void {
    this.#epoch += 1;
    this.failures = 0;
    this.#clear();
  }

  revoke(): void {
    this.isRevoked = true;
    this.#clear();
  }

  /** A batch of it has been handled. */
  finished(): void {
    this.isBusy = false;
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  /** Resolves when nothing of it is being handled. */
  async idle(): Promise<void> {
    while (this.isBusy) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}

const sizeOf = ({ rawKey, rawValue }: ReceivedRecord): number =>
  recordBytes + (rawKey?.byteLength ?? 0) + (rawValue?.byteLength ?? 0);
