import type { MetadataLog } from "./metadata-log.js";

// Kafka's controller hands out as many at a time: one synced record serves a thousand producers, and a restart skips what
// was left of the block.
const idsPerBlock = 1000;

/** Producer ids, each handed out once in the life of the data folder. */
export class ProducerIds {
  readonly #metadata: MetadataLog;
  readonly #nodeId: number;
  #next = 0;
  #end = 0;
  #nextBlock: Promise<void> | undefined;

  constructor(metadata: MetadataLog, nodeId: number) {
    this.#metadata = metadata;
    this.#nodeId = nodeId;
  }

  /** @throws {@link KafkaProtocolError} `KAFKA_STORAGE_ERROR` when a new block cannot be made durable. */
  async next(): Promise<number> {
    while (this.#next === this.#end) {
      this.#nextBlock ??= this.#reserve().finally(() => {
        this.#nextBlock = undefined;
      });
      await this.#nextBlock;
    }
    const id = this.#next;
    this.#next += 1;
    return id;
  }

  async #reserve(): Promise<void> {
    const first = this.#metadata.image.nextProducerId;
    const end = first + idsPerBlock;
    await this.#metadata.append([{ type: "producerIds", brokerId: this.#nodeId, nextProducerId: end }]);
    this.#next = first;
    this.#end = end;
  }
}
