import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import { HandlerRunner } from "../run/handler-runner.js";
import type { RecordSource } from "./record-source.js";

/** Who reads a consumer at the moment: a loop, a run, or nobody. */
export class CurrentReader {
  readonly #source: RecordSource;
  #reader: "loop" | HandlerRunner | undefined;

  constructor(source: RecordSource) {
    this.#source = source;
  }

  get isThere(): boolean {
    return this.#reader !== undefined;
  }

  /** Since when the application has been busy with what it was given, in monotonic time; undefined while it waits for more. */
  get busySince(): number | undefined {
    return this.#reader instanceof HandlerRunner ? this.#reader.busySince : this.#source.busySince;
  }

  /** As {@link CurrentReader.busySince}, with what is of one partition. */
  busySinceOf(partition: AssignedPartition): number | undefined {
    if (partition.running === 0) return undefined;
    return this.#reader instanceof HandlerRunner ? this.#reader.busySinceOf(partition) : this.#source.busySince;
  }

  /** @throws KafkaConfigError while there is another */
  begin(reader: "loop" | HandlerRunner): void {
    if (this.#reader !== undefined) {
      throw new KafkaConfigError("the consumer is being read already: one loop or one run at a time");
    }
    this.#reader = reader;
    // What the one before was not told comes before any record.
    this.#source.wake();
  }

  end(): void {
    this.#reader = undefined;
  }

  /** Partitions may be handled, or not, in another way than before: records that wait for that are looked at. */
  look(): void {
    if (this.#reader instanceof HandlerRunner) this.#reader.look();
  }
}
