import type { Api, ResponseOf } from "@ottla/protocol";
import type { ClientWorld, Cluster, Destination, RequestBody, RequestOptions } from "../cluster/cluster.js";
import { isRetriable } from "../errors/is-retriable.js";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";
import { backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";

/** What every call of an admin takes. */
export interface AdminOptions {
  /** Stops waiting, with the signal's reason; what was asked for may happen all the same. */
  readonly signal?: AbortSignal | undefined;
  /** How long to go on trying. Default 60,000 (`default.api.timeout.ms`). */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 60_000;
const backoff = { baseMs: 100, maxMs: 1_000 };

/** A cluster whose requests are tried again while that may help, until the call's time is up. */
export class AdminCluster {
  readonly cluster: Cluster;
  readonly #world: ClientWorld;

  constructor(world: ClientWorld, cluster: Cluster) {
    this.#world = world;
    this.cluster = cluster;
  }

  /**
   * Runs `attempt` until it succeeds, fails for good, or has failed past `timeoutMs`.
   *
   * @throws what the last attempt threw
   */
  async retrying<T>(
    options: AdminOptions | undefined,
    attempt: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const { clock, timers, random } = this.#world;
    const deadline = clock.monotonic() + (options?.timeoutMs ?? defaultTimeoutMs);
    for (let failures = 1; ; failures++) {
      try {
        return await attempt(options?.signal);
      } catch (error) {
        const waitMs = backoffMs(backoff, failures, random);
        if (!isRetriable(error) || clock.monotonic() + waitMs > deadline) throw error;
        await delay(timers, waitMs, options?.signal);
      }
    }
  }

  /** One request, tried again; `check` throws what is not yet an answer. */
  request<A extends Api>(
    to: Destination,
    api: A,
    body: RequestBody<A>,
    options: AdminOptions | undefined,
    check: (response: ResponseOf<A>) => void = () => {},
    limits: Pick<RequestOptions, "maxVersion"> = {},
  ): Promise<ResponseOf<A>> {
    return this.retrying(options, async (signal) => {
      // The controller is known from metadata only.
      if (to === "controller" && this.cluster.nodes.length === 0) await this.cluster.refresh([], { signal });
      try {
        const response = await this.cluster.request(to, api, body, { signal, ...limits });
        check(response);
        return response;
      } catch (error) {
        if (to === "controller" && isRetriable(error)) await this.cluster.refresh([], { signal });
        if (typeof to === "object" && isRetriable(error)) {
          if ("group" in to) this.cluster.invalidateGroup(to.group);
          if ("transaction" in to) this.cluster.invalidateTransaction(to.transaction);
        }
        throw error;
      }
    });
  }

  /** The brokers as they are now, by id: asked before a request to one of them. */
  async nodeIds(options: AdminOptions | undefined): Promise<readonly number[]> {
    await this.retrying(options, (signal) => this.cluster.refresh([], { signal }));
    return this.cluster.nodes.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b);
  }

  /** Asks several of {@link AdminCluster.nodeIds} side by side; one that fails, or is not there, is an answer as well. @throws the signal's reason */
  each<R>(
    nodes: readonly number[],
    options: AdminOptions | undefined,
    { ask, failed }: { ask(node: number): Promise<R>; failed(node: number, error: Error): R },
  ): Promise<readonly R[]> {
    return Promise.all(
      nodes.map(async (node) => {
        if (!this.cluster.nodes.some(({ nodeId }) => nodeId === node)) {
          return failed(node, new KafkaConnectionError("UNKNOWN_BROKER", `no broker ${node} in the metadata`));
        }
        try {
          return await ask(node);
        } catch (error) {
          if (options?.signal?.aborted || !(error instanceof Error)) throw error;
          return failed(node, error);
        }
      }),
    );
  }
}
