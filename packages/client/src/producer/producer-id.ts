import { errorCodeOf, initProducerId, KafkaProtocolError } from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { isRetriable } from "../errors/is-retriable.js";
import { type Backoff, backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";
import type { ProducerIdentity } from "./producer-batch.js";

/** The id that brokers know this producer by: asked for when first needed, and anew when its epochs are used up. */
export class ProducerId {
  readonly #cluster: Cluster;
  #current: ProducerIdentity | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get current(): ProducerIdentity | undefined {
    return this.#current;
  }

  /** Asks until there is an id. @throws what the cluster says when it refuses one, or the signal's reason */
  async load(signal: AbortSignal, world: ClientWorld, backoff: Backoff): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        this.#current = await this.#ask(signal);
        return;
      } catch (error) {
        if (!isRetriable(error)) throw error;
        await delay(world.timers, backoffMs(backoff, failures, world.random), signal);
      }
    }
  }

  async #ask(signal: AbortSignal): Promise<ProducerIdentity> {
    const body = { transactionalId: null, transactionTimeoutMs: 2 ** 31 - 1 };
    const response = await this.#cluster.request("any", initProducerId, body, { signal });
    const code = errorCodeOf(response.errorCode);
    if (code !== "NONE") throw new KafkaProtocolError(code, "producer id");
    return { producerId: response.producerId, producerEpoch: response.producerEpoch };
  }
}
