import { type Kafka, string, topic } from "@ottla/client";

export const orders = topic("orders", { key: string(), value: string(), partitions: 6 });

/** Writes numbered records, spread over the partitions, in small sends so that members handle some while others are written. */
export class SteadyWriter {
  readonly #producer;
  count = 0;

  constructor(kafka: Kafka) {
    this.#producer = kafka.producer();
  }

  async write(records: number): Promise<void> {
    for (let left = records; left > 0; left -= 10) {
      const sent = Array.from({ length: 10 }, () => {
        const value = String(this.count++);
        return this.#producer.send(orders, { key: value, value, partition: Number(value) % 6 });
      });
      await Promise.all(sent);
    }
  }
}
