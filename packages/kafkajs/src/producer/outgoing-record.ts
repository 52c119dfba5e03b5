import type { RawRecord, RecordHeader } from "@ottla/client";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import type { IHeaders, Message } from "./producer-types.js";

/** A message as bytes. It brings the message along, which is what partitioners are asked about. */
export class OutgoingRecord implements RawRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp?: number;
  readonly message: Message;

  /** @throws KafkaJSNonRetriableError */
  constructor(topic: string, message: Message) {
    if (message.value === undefined) {
      throw new KafkaJSNonRetriableError(`topic "${topic}": a message has no value: ${JSON.stringify(message)}`);
    }
    this.topic = topic;
    this.message = message;
    this.key = bytesOf(topic, "key", message.key ?? null);
    this.value = bytesOf(topic, "value", message.value);
    this.headers = headersOf(topic, message.headers ?? {});
    if (message.timestamp !== undefined && message.timestamp !== null) {
      const timestamp = Number(message.timestamp);
      if (!Number.isSafeInteger(timestamp)) {
        throw new KafkaJSNonRetriableError(
          `topic "${topic}": timestamp ${message.timestamp} is not a number of milliseconds`,
        );
      }
      this.timestamp = timestamp;
    }
  }
}

function bytesOf(topic: string, part: string, given: Buffer | string | null): Uint8Array | null {
  if (given === null || given instanceof Uint8Array) return given;
  if (typeof given === "string") return Buffer.from(given);
  // Numbers and booleans, in code that is not type-checked; an object as "[object Object]" would be lost.
  if (typeof given !== "object" && typeof given !== "function") return Buffer.from(String(given));
  throw new KafkaJSNonRetriableError(`topic "${topic}": a ${part} is neither text nor a Buffer: ${typeof given}`);
}

function headersOf(topic: string, headers: IHeaders): readonly RecordHeader[] {
  return Object.entries(headers).flatMap(([key, given]) =>
    (Array.isArray(given) ? given : [given]).map((value) => ({
      key,
      value: bytesOf(topic, `header ${key}`, value ?? null),
    })),
  );
}
