import type { Topic } from "../../contract/topic.js";
import { type Delivery, DoneTracker } from "../offsets/done-tracker.js";
import type { TopicPartition } from "../topic-partition.js";
import type { FetchedSlice, FetchedSlices } from "./fetched-slices.js";
import { ReadEpochs } from "./read-epochs.js";

/** Where the log stopped being what was read of it: what the leader said of the epoch that was asked for. */
export interface Divergence {
  /** The greatest epoch that the log has of those up to ours; -1 when it has none. */
  readonly epoch: number;
  readonly endOffset: number;
}

/** A partition from its assignment until it is revoked or lost: what was fetched of it, handed out, done and committed. */
export class AssignedPartition implements TopicPartition {
  readonly contract: Topic;
  readonly partition: number;
  /** False once revoked or lost; then nothing more comes of it. */
  isAssigned = true;
  /** Its records are no longer handed out, while those that are out may still finish. */
  isHalted = false;
  /** Nothing of it can be handed out before something has ended. */
  isHeld = false;
  /** The application wants nothing of it for now: neither handed out nor fetched. */
  isPaused = false;
  /** As much of it was handed out as may wait for its handlers. */
  isCrowded = false;
  /** A slice of it is being handed out. */
  isBeingRead = false;
  /** Records of it that are being handled right now. */
  running = 0;
  /** Records of it that were given to handlers, those that wait for their turn included, and are not over. */
  ahead = 0;
  /** Records of it whose handlers have failed and wait for another attempt. */
  retrying = 0;
  /** What has to pass before it is asked for again: backoffs, the answers to other questions about it. */
  waits = 0;
  /** The {@link AssignedPartition.epoch} of the fetch under way; undefined when none is. */
  askedEpoch: number | undefined;
  /** Failures in a row, for the backoff. */
  failures = 0;
  /** Why it stands still for good; told once. */
  failure: Error | undefined;
  isFailureTold = false;
  /** Whether there may be more than the last fetch brought: then it need not wait for others' answers. */
  isBehind = true;
  /** Of the topic that its position is of; undefined while brokers have not told it. */
  topicId: string | undefined;
  /** The leader epoch under which the log was last found to have what was read of it (KIP-320); -1 for none. */
  checkedEpoch = -1;
  /** The log no longer has all that was read of it; told once what was fetched is done. */
  divergence: Divergence | undefined;
  /** A replica that the leader named as nearer (KIP-392), and until when it is asked instead. */
  nearReplica: { readonly nodeId: number; readonly until: number } | undefined;
  /** The broker's high watermark, -1 while not known. */
  highWatermark = -1;
  /** The end of what may be read: the high watermark, or the last stable offset; -1 while not known. */
  readableEnd = -1;
  /** When a broker last answered a fetch of it, in monotonic time. */
  answeredAt = 0;
  /** The offset last committed, -1 while none was by this consumer. */
  committed = -1;
  /** Changes whenever reading begins anew, so that an answer to an older fetch is told apart. */
  #epoch = 0;
  readonly #readEpochs = new ReadEpochs();
  #position: number | undefined;
  #tracker = new DoneTracker(0);
  #slices: FetchedSlice[] = [];
  #bufferedBytes = 0;

  constructor(contract: Topic, partition: number) {
    this.contract = contract;
    this.partition = partition;
  }

  get topic(): string {
    return this.contract.name;
  }

  /** Where the next fetch begins; undefined until the committed offset, or one to begin from, is found. */
  get position(): number | undefined {
    return this.#position;
  }

  /** The leader epoch of the record before an offset, -1 when it is not known: goes with a position into commits and fetches. */
  leaderEpochBefore(offset: number): number {
    return this.#readEpochs.before(offset);
  }

  /** Where the log and what was read of it part. */
  endOfCommon({ epoch, endOffset }: Divergence): number {
    return Math.min(endOffset, this.#position ?? endOffset, this.#readEpochs.endOf(epoch) ?? endOffset);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Bytes fetched and not handed out. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get hasSlices(): boolean {
    return this.#slices.length > 0;
  }

  /** Whether a slice of it may be taken. */
  get canBeRead(): boolean {
    return this.hasSlices && !this.isHeld && this.mayBeHandedOut;
  }

  /** Whether a fetch may ask for it: someone wants it, nothing stands in its way, and no fetch from there is under way. */
  get isAskable(): boolean {
    const isWanted = !this.isHalted && !this.isPaused && this.failure === undefined;
    return isWanted && this.waits === 0 && this.askedEpoch !== this.#epoch && this.#position !== undefined;
  }

  /** Whether anybody wants records of it now. */
  get mayBeHandedOut(): boolean {
    return !this.isHalted && !this.isPaused && !this.isCrowded && this.failure === undefined;
  }

  /** Nothing is left that was fetched and not handed out. */
  get isDrained(): boolean {
    return this.#slices.length === 0 && !this.isBeingRead;
  }

  /** Records handed out and not done, before which nothing can be committed. */
  get outstanding(): number {
    return this.#tracker.outstanding;
  }

  /** Everything below is done; undefined until it is known where reading begins. */
  get doneUpTo(): number | undefined {
    return this.#position === undefined ? undefined : this.#tracker.committable;
  }

  /**
   * What a commit should say; undefined when it would say nothing new. Where reading began is worth a commit before anything
   * is read, as Java's consumers make it: with `from: "latest"`, (1) a member begins at the end, (2) it stops, (3) records
   * come, (4) it starts again. Without the commit of (1) it would begin behind them.
   */
  get uncommitted(): number | undefined {
    if (this.#position === undefined || this.#tracker.committable === this.committed) return undefined;
    return this.#tracker.committable;
  }

  /**
   * Reads from `position` on; what was fetched is dropped, what is handed out counts no more.
   *
   * @param leaderEpoch - Of the record before it, -1 when it is not known.
   */
  begin(position: number, leaderEpoch = -1): void {
    this.#epoch += 1;
    this.#position = position;
    this.#readEpochs.begin(position, leaderEpoch);
    this.checkedEpoch = -1;
    this.divergence = undefined;
    this.isBehind = true;
    this.#tracker = new DoneTracker(position);
    this.#slices = [];
    this.#bufferedBytes = 0;
  }

  /** Goes back to the first record that is not done. */
  rewind(): void {
    const { committable } = this.#tracker;
    if (this.#position === undefined || this.outstanding === 0) return;
    const { checkedEpoch, divergence } = this;
    this.begin(committable, this.leaderEpochBefore(committable));
    this.checkedEpoch = checkedEpoch;
    this.divergence = divergence;
  }

  /** Takes over what a fetch from {@link AssignedPartition.position} brought. */
  buffer({ slices, next, epochs }: FetchedSlices): void {
    this.#position = next;
    for (const { from, epoch } of epochs) this.#readEpochs.note(from, epoch);
    for (const slice of slices) {
      this.#slices.push(slice);
      this.#bufferedBytes += slice.batch?.sizeInBytes ?? 0;
    }
  }

  /** The next slice to hand out. */
  takeSlice(): FetchedSlice | undefined {
    const slice = this.#slices.shift();
    this.#bufferedBytes -= slice?.batch?.sizeInBytes ?? 0;
    return slice;
  }

  /** A record is handed out. */
  hand(offset: number): Delivery {
    return this.#tracker.deliver(offset);
  }

  /** Whether a record was handed out since reading began last. */
  isCurrent({ tracker }: Delivery): boolean {
    return tracker === this.#tracker;
  }

  /** Records that the application has begun with and has to say itself that they are done. */
  get unsettled(): number {
    return this.#tracker.open;
  }

  /** A record is done. One that was handed out before reading began anew changes nothing. */
  done(handed: Delivery): void {
    handed.tracker.complete(handed);
  }

  /** All below `offset` was handed out, or was nothing to hand out. */
  pass(offset: number): void {
    this.#tracker.pass(offset);
  }
}
