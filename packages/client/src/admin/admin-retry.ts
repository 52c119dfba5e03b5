import type { Api, ResponseOf } from "@ottla/protocol";
import type { ClientWorld, Cluster, Destination, RequestBody, RequestOptions } from "../cluster/cluster.js";
import { isRetriable } from "../errors/is-retriable.js";
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
        if (typeof to === "object" && "group" in to && isRetriable(error)) this.cluster.invalidateGroup(to.group);
        throw error;
      }
    });
  }
}
