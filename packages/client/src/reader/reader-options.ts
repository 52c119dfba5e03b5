import { type ReadOptions, type ReadSettings, readSettings } from "../consumer/consumer-options.js";
import type { Topic } from "../contract/topic.js";

/** What a reader reads, and how far. */
export interface ReaderOptions<T extends Topic> extends ReadOptions<T> {
  /** Where to begin. Default `"earliest"`. */
  readonly from?: "earliest" | "latest" | undefined;
  /** `"end"` ends the loop where the partitions ended when reading began; by default it waits for more. */
  readonly until?: "end" | undefined;
}

/** Options with their defaults, checked. */
export interface ReaderSettings extends ReadSettings {
  readonly until: "end" | undefined;
}

/** @throws KafkaConfigError */
export function readerSettings<T extends Topic>(options: ReaderOptions<T>, registry: unknown): ReaderSettings {
  return { ...readSettings(options, registry), from: options.from ?? "earliest", until: options.until };
}
