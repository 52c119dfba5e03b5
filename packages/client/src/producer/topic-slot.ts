import type { RawRecord } from "../contract/raw-record.js";
import type { Topic } from "../contract/topic.js";
import { PartitionQueue } from "./partition-queue.js";
import type { StickyPartition } from "./partitioner.js";
import type { ProducerSettings } from "./producer-options.js";
import type { RecordSink } from "./record-sink.js";

/** A record that cannot be put into a batch yet. */
export interface WaitingRecord {
  /** Its bytes; throws what serialization throws. */
  readonly encode: () => RawRecord;
  /** The contract whose serdes have to be prepared first. */
  readonly contract: Topic | undefined;
  sink: RecordSink;
  /** Monotonic time at which it gives up. */
  readonly deadline: number;
  /** How often metadata was asked for again because it named a partition beyond those known. */
  readonly looks: number;
}

/** One topic of a producer: its partitions, once known, and what waits until they are. */
export class TopicSlot {
  readonly topic: string;
  readonly sticky: StickyPartition;
  readonly partitions: PartitionQueue[] = [];
  readonly waiting: WaitingRecord[] = [];
  /** Its partitions are known, and nothing waits before the next record. */
  isReady = false;
  isLoading = false;
  /** Why its partitions are not known. */
  lastError: unknown;

  constructor(topic: string, sticky: StickyPartition) {
    this.topic = topic;
    this.sticky = sticky;
  }

  /** What its waiting records wait for, in words. */
  get waitsFor(): string {
    if ((this.waiting[0]?.looks ?? 0) > 0) return `a partition beyond ${this.partitions.length}`;
    if (this.partitions.length > 0) return "its serdes to be prepared";
    return this.lastError instanceof Error
      ? `the topic's partitions: ${this.lastError.message}`
      : "the topic's partitions";
  }

  /** Topics only ever grow. Answers the new partitions. */
  grow(partitionCount: number, settings: ProducerSettings): void {
    for (let partition = this.partitions.length; partition < partitionCount; partition++) {
      this.partitions.push(new PartitionQueue(this.topic, partition, settings));
    }
  }
}
