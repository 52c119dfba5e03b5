import type { Clock } from "@ottla/world";
import { StateLog } from "../coordinator/state-log.js";
import type { PartitionLog } from "../log/partition-log.js";
import { ClusterMetadata } from "./cluster-metadata.js";
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataChange } from "./metadata-records.js";

const noKey = Buffer.alloc(0);

/** The cluster's metadata and the log it is kept in, `__cluster_metadata-0`. */
export class MetadataLog {
  /** What the log adds up to. */
  readonly image: ClusterMetadata;
  readonly #state: StateLog;
  readonly #clock: Clock;

  private constructor(image: ClusterMetadata, state: StateLog, clock: Clock) {
    this.image = image;
    this.#state = state;
    this.#clock = clock;
  }

  /** Replays the log. */
  static async open(log: PartitionLog, clock: Clock): Promise<MetadataLog> {
    const image = new ClusterMetadata();
    const state = await StateLog.open(log, ({ value }) => {
      const record = value === null ? undefined : decodeMetadataRecord(value);
      if (record !== undefined) image.apply(record);
    });
    return new MetadataLog(image, state, clock);
  }

  /** Where it is kept. */
  get log(): PartitionLog {
    return this.#state.log;
  }

  /** Whether nothing was ever said. */
  get isEmpty(): boolean {
    return this.#state.log.logEndOffset === 0;
  }

  /** Applies the changes at once, all or none; resolves when they are durable. */
  append(changes: readonly MetadataChange[]): Promise<void> {
    const timestamp = this.#clock.now();
    return this.#state.append(
      changes.map((change) => ({ key: noKey, value: encodeMetadataRecord(change), timestamp })),
    );
  }

  /** Resolves when everything that {@link MetadataLog.image} shows is durable. */
  durable(): Promise<void> {
    return this.#state.durable();
  }
}
