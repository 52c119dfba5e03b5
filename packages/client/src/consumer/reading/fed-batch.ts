import { positive } from "../../cluster/cluster-options.js";
import type { Topic } from "../../contract/topic.js";
import type { ConsumerRecord, DeliveredRecord, Settleable } from "../consumer-record.js";
import type { FedRecord } from "../record-feed.js";

/** How batches are cut. */
export interface BatchOptions {
  /** Records in one batch at most. Default 500 (`max.poll.records`). */
  readonly maxRecords?: number | undefined;
}

/** Records of one partition, in order; for several topics a union that narrows by `topic`. */
export type DeliveredBatch<T extends Topic> = T extends Topic
  ? Settleable & {
      readonly topic: T["name"];
      readonly partition: number;
      /** At least one. */
      readonly records: readonly DeliveredRecord<T>[];
    }
  : never;

/** @throws KafkaConfigError */
export function batchSettings(options: BatchOptions): { readonly maxRecords: number } {
  return { maxRecords: positive("maxRecords", options.maxRecords ?? 500) };
}

/** Records handed out together. */
export class FedBatch implements Settleable {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ConsumerRecord[];

  constructor(fed: readonly FedRecord[]) {
    this.records = fed.map(({ record }) => record);
    this.topic = fed[0]?.record.topic ?? "";
    this.partition = fed[0]?.record.partition ?? 0;
  }

  done(): void {
    for (const record of this.records) record.done();
  }
}
