import { setTimeout as delay } from "node:timers/promises";
import type { Kafka, Producer, RecordMetadata } from "@ottla/client";
import { numbered } from "./numbered-topic.js";
import { Silences } from "./silences.js";

/** A record as it was sent, and where it went. */
export interface SentRecord {
  readonly value: string;
  metadata?: RecordMetadata;
}

const everyMs = 20;

/** Writes keyed records with a number each, at a steady rate, waiting for none of them; remembers what became of each. */
export class NumberedProducer {
  /** In the order of sending. */
  readonly sent: SentRecord[] = [];
  readonly failures: unknown[] = [];
  /** Between acknowledgements. */
  readonly silences = new Silences();
  readonly #producer: Producer;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(kafka: Kafka, { perSecond, keys }: { readonly perSecond: number; readonly keys: number }) {
    this.#producer = kafka.producer();
    this.#running = this.#run((perSecond * everyMs) / 1_000, keys);
  }

  /** Sends no more, and resolves when all that was sent is acknowledged or has failed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#producer.close();
  }

  async #run(each: number, keys: number): Promise<void> {
    const { signal } = this.#stopping;
    const pending = new Set<Promise<void>>();
    const began = performance.now();
    for (let next = 0; !signal.aborted; ) {
      const due = ((performance.now() - began) / everyMs) * each;
      for (; next < due; next += 1) {
        const sending = this.#send(`key-${next % keys}`, next).finally(() => pending.delete(sending));
        pending.add(sending);
      }
      await delay(everyMs, undefined, { signal }).catch(() => {});
    }
    await Promise.all(pending);
  }

  async #send(key: string, number: number): Promise<void> {
    const record: SentRecord = { value: `${key}:${number}` };
    this.sent.push(record);
    try {
      record.metadata = await this.#producer.send(numbered, { key, value: record.value });
      this.silences.moved(record.metadata.partition, Date.now());
    } catch (error) {
      this.failures.push(error);
    }
  }
}
