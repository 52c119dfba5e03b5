import { apis, batchesIn, errorCodeOf } from "@ottla/protocol";
import { Violation } from "../../kit/violation.js";
import type { Isolation } from "../history/history.js";
import { isolationLevel, nameOf, type TopicPartition } from "./recorder.js";
import { isRetriable, type StubbornClient } from "./stubborn-client.js";

export interface SeenRecord {
  readonly offset: number;
  readonly value: string;
}

/** Reads one partition forward, as a consumer does: whole batches, without markers and without what was aborted. */
export class PartitionReader {
  readonly #client: StubbornClient;
  readonly #from: TopicPartition;
  readonly #isolation: Isolation;
  position: number;

  constructor(client: StubbornClient, from: TopicPartition, isolation: Isolation, position = 0) {
    this.#client = client;
    this.#from = from;
    this.#isolation = isolation;
    this.position = position;
  }

  /**
   * What comes next, perhaps nothing.
   *
   * @throws UnansweredError
   * @throws Violation when the broker serves what it may not, or has forgotten where this reader was.
   */
  async next(maxBytes: number, maxWaitMs = 20): Promise<readonly SeenRecord[]> {
    const { topic, partition } = this.#from;
    const answer = await this.#client.ask(apis.Fetch, 11, {
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: isolationLevel(this.#isolation),
      topics: [{ topic, partitions: [{ partition, fetchOffset: this.position, partitionMaxBytes: maxBytes }] }],
      forgottenTopicsData: [],
    });
    const found = answer.responses[0]?.partitions[0];
    const code = errorCodeOf(found?.errorCode ?? answer.errorCode);
    if (code !== "NONE") {
      if (isRetriable(code)) return [];
      throw new Violation(`${nameOf(this.#from)}: a fetch at ${this.position} says ${code}`);
    }
    const upTo = this.#isolation === "committed" ? found?.lastStableOffset : found?.highWatermark;
    return this.#recordsIn(found?.records ?? null, found?.abortedTransactions ?? [], upTo ?? 0);
  }

  #recordsIn(
    bytes: Uint8Array | null,
    transactions: readonly { readonly producerId: number; readonly firstOffset: number }[],
    upTo: number,
  ): readonly SeenRecord[] {
    if (bytes === null) return [];
    const waiting = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
    const aborted = new Set<number>();
    const records: SeenRecord[] = [];
    for (const batch of batchesIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
      const where = `${nameOf(this.#from)}: the batch at ${batch.baseOffset}`;
      if (!batch.hasValidCrc()) throw new Violation(`${where} has a wrong checksum`);
      if (batch.nextOffset > upTo) throw new Violation(`${where} ends past ${upTo} and was served`);
      for (; waiting[0] !== undefined && waiting[0].firstOffset <= batch.lastOffset; waiting.shift()) {
        aborted.add(waiting[0].producerId);
      }
      const isSkipped = batch.isControl || (batch.isTransactional && aborted.has(batch.producerId));
      if (batch.isControl && batch.control()?.type === "abort") aborted.delete(batch.producerId);
      for (const { offset, value } of isSkipped ? [] : batch.records()) {
        if (offset >= this.position) records.push({ offset, value: String(value) });
      }
      this.position = Math.max(this.position, batch.nextOffset);
    }
    return records;
  }
}
