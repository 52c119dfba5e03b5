import type { Batch, KafkaMessage } from "./consumer-types.js";

/** Messages of one partition that are handled in one go; never empty. */
export class MessageBatch implements Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: KafkaMessage[];
  readonly highWatermark: string;

  constructor(topic: string, partition: number, messages: KafkaMessage[], highWatermark: bigint) {
    this.topic = topic;
    this.partition = partition;
    this.messages = messages;
    const behindLast = BigInt(messages.at(-1)?.offset ?? -1) + 1n;
    this.highWatermark = String(highWatermark > behindLast ? highWatermark : behindLast);
  }

  isEmpty(): boolean {
    return this.messages.length === 0;
  }

  firstOffset(): string | null {
    return this.messages[0]?.offset ?? null;
  }

  lastOffset(): string {
    return this.messages.at(-1)?.offset ?? String(BigInt(this.highWatermark) - 1n);
  }

  offsetLag(): string {
    return this.#behind(this.lastOffset());
  }

  offsetLagLow(): string {
    const first = this.firstOffset();
    return first === null ? "0" : this.#behind(first);
  }

  #behind(offset: string): string {
    return String(BigInt(this.highWatermark) - 1n - BigInt(offset));
  }
}
