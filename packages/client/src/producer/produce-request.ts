import {
  errorCodeOf,
  KafkaProtocolError,
  type ProduceRequestInput,
  type ProduceResponse,
  type ProtocolErrorCode,
  zeroUuid,
} from "@ottla/protocol";
import type { ProducerBatch } from "./producer-batch.js";
import type { ProducerSettings } from "./producer-options.js";

// From version 13 on topics go by id alone, which brokers before 2.8, and those that emulate them, do not give.
const lastVersionByName = 12;

type PartitionAnswer = ProduceResponse["responses"][number]["partitionResponses"][number];

/** One batch's part of an answer. */
export interface BatchAnswer {
  readonly batch: ProducerBatch;
  readonly code: ProtocolErrorCode;
  /** Undefined when the answer left the partition out. */
  readonly answer: PartitionAnswer | undefined;
}

interface TopicPart {
  readonly topicId: string;
  readonly batches: Map<number, ProducerBatch>;
}

/** The batches of one Produce request, at most one per partition. */
export class ProduceContent {
  readonly batches: ProducerBatch[] = [];
  readonly #topics = new Map<string, TopicPart>();
  readonly #topicIdOf: (topic: string) => string;

  constructor(topicIdOf: (topic: string) => string) {
    this.#topicIdOf = topicIdOf;
  }

  add(batch: ProducerBatch): void {
    this.batches.push(batch);
    let topic = this.#topics.get(batch.topic);
    if (topic === undefined) {
      topic = { topicId: this.#topicIdOf(batch.topic), batches: new Map() };
      this.#topics.set(batch.topic, topic);
    }
    topic.batches.set(batch.partition, batch);
  }

  /** The highest version that can name these topics; undefined for any. */
  get maxVersion(): number | undefined {
    for (const { topicId } of this.#topics.values()) if (topicId === zeroUuid) return lastVersionByName;
    return undefined;
  }

  body({ acks, requestTimeoutMs, transactionalId }: ProducerSettings): ProduceRequestInput {
    const topicData = Array.from(this.#topics, ([name, { topicId, batches }]) => ({
      name,
      topicId,
      partitionData: Array.from(batches, ([index, batch]) => ({ index, records: batch.encode() })),
    }));
    return { transactionalId, acks, timeoutMs: requestTimeoutMs, topicData };
  }

  /** What the answer says of each batch, in the order they were added. */
  answers(response: ProduceResponse): BatchAnswer[] {
    const found = new Map<ProducerBatch, PartitionAnswer>();
    const nameById = new Map(Array.from(this.#topics, ([name, { topicId }]) => [topicId, name]));
    for (const { name, topicId, partitionResponses } of response.responses) {
      const topic = this.#topics.get(name === "" ? (nameById.get(topicId) ?? "") : name);
      for (const answer of partitionResponses) {
        const batch = topic?.batches.get(answer.index);
        if (batch !== undefined) found.set(batch, answer);
      }
    }
    return this.batches.map((batch) => {
      const answer = found.get(batch);
      return { batch, answer, code: answer === undefined ? "NETWORK_EXCEPTION" : errorCodeOf(answer.errorCode) };
    });
  }
}

/** The broker's refusal as an error, with the sizes where they are the reason. */
export function refusal({ batch, code, answer }: BatchAnswer): KafkaProtocolError {
  const said = answer?.errorMessage ? `: ${answer.errorMessage}` : "";
  const what = `${batch.count} records, ${batch.sizeInBytes} bytes, for ${batch.topic}-${batch.partition}`;
  return new KafkaProtocolError(code, `${what}${said}`);
}

/** For single records of a refused batch that the broker named (KIP-467). */
export function refusalOfRecord({ batch, code, answer }: BatchAnswer): (index: number) => Error | undefined {
  const reasons = new Map(answer?.recordErrors.map((entry) => [entry.batchIndex, entry.batchIndexErrorMessage]));
  return (index) => {
    const reason = reasons.get(index);
    if (reason === undefined) return undefined;
    return new KafkaProtocolError(code, `record for ${batch.topic}-${batch.partition}: ${reason ?? "refused"}`);
  };
}
