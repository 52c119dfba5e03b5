import type { TopicPartition, TopicPartitions } from "../config/cluster-types.js";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";

/** Topics, or some partitions of them. */
export interface TopicSelection {
  topic: string;
  partitions?: number[];
}

/** What is paused, whether or not it is this member's at the moment. */
export class PausedPartitions {
  /** `"all"` but for those resumed since. */
  readonly #topics = new Map<string, { readonly isAll: boolean; readonly except: Set<number> }>();

  pause(selections: readonly TopicSelection[]): void {
    for (const { topic, partitions } of checked(selections)) {
      if (partitions === undefined) this.#topics.set(topic, { isAll: true, except: new Set() });
      else this.#each(topic, partitions, true);
    }
  }

  resume(selections: readonly TopicSelection[]): void {
    for (const { topic, partitions } of checked(selections)) {
      if (partitions === undefined) this.#topics.delete(topic);
      else this.#each(topic, partitions, false);
    }
  }

  isPaused({ topic, partition }: TopicPartition): boolean {
    const known = this.#topics.get(topic);
    return known !== undefined && known.isAll !== known.except.has(partition);
  }

  /** Those among `assigned` that are paused, by topic. */
  among(assigned: Iterable<TopicPartition>): TopicPartitions[] {
    const topics = new Map<string, number[]>();
    for (const place of assigned) {
      if (this.isPaused(place)) topics.set(place.topic, [...(topics.get(place.topic) ?? []), place.partition]);
    }
    return Array.from(topics, ([topic, partitions]) => ({ topic, partitions: partitions.sort((a, b) => a - b) }));
  }

  #each(topic: string, partitions: readonly number[], isToPause: boolean): void {
    const known = this.#topics.get(topic) ?? { isAll: false, except: new Set<number>() };
    this.#topics.set(topic, known);
    for (const partition of partitions) {
      if (known.isAll === isToPause) known.except.delete(partition);
      else known.except.add(partition);
    }
  }
}

/** @throws KafkaJSNonRetriableError */
function checked(selections: readonly TopicSelection[]): readonly TopicSelection[] {
  for (const selection of selections as readonly (Partial<TopicSelection> | undefined)[]) {
    if (typeof selection?.topic !== "string" || selection.topic === "") {
      throw new KafkaJSNonRetriableError(`not a topic: ${String(selection?.topic)}`);
    }
    const { partitions } = selection;
    if (partitions !== undefined && !(Array.isArray(partitions) && partitions.every((each) => !Number.isNaN(+each)))) {
      throw new KafkaJSNonRetriableError(`topic ${selection.topic}: not an array of partitions: ${String(partitions)}`);
    }
  }
  return selections;
}
