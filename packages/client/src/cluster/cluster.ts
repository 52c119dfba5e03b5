import {
  type Api,
  errorCodeOf,
  KafkaProtocolError,
  type MetadataResponse,
  metadata,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import type { World } from "@ottla/world";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";
import { addressText, type BrokerAddress } from "../network/broker-address.js";
import type { Connection } from "../network/connection.js";
import { ConnectionPool, type Purpose } from "../network/connection-pool.js";
import { channels, type RequestWork, traced } from "../telemetry/channels.js";
import { abortable } from "../world/abortable.js";
import { delay } from "../world/delay.js";
import { type ClusterOptions, type ClusterSettings, clusterSettings } from "./cluster-options.js";
import { Coordinators } from "./coordinators.js";
import { MetadataCache } from "./metadata-cache.js";
import type { Node, TopicMetadata } from "./topic-metadata.js";

/** How long one broker may take to connect before another is tried beside it, where any will do. */
const moveOnMs = 1_000;

/** The parts of the world a client needs. */
export type ClientWorld = Pick<World, "clock" | "timers" | "random" | "network">;

/** Who a request is for: one broker, whichever is there, the controller, or the coordinator of a group or of an id's transactions. */
export type Destination =
  | { readonly node: number; readonly purpose?: Purpose }
  | "any"
  | "controller"
  | { readonly group: string; readonly purpose?: Purpose }
  | { readonly transaction: string; readonly purpose?: Purpose };

type Coordinated = Exclude<Destination, string | { readonly node: number }>;

/** A request body, or what makes it once its version is known. */
export type RequestBody<A> = RequestInput<A> | ((version: number) => RequestInput<A>);

export interface RequestOptions {
  /** Gives up waiting; a request already sent stays sent, and its answer is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** From sending to the answer. Default: `requestTimeoutMs` of the cluster. */
  readonly timeoutMs?: number | undefined;
  /** Highest version to use, where the body cannot be told in a later one. */
  readonly maxVersion?: number | undefined;
}

interface Round {
  readonly names: Set<string>;
  promise: Promise<void>;
}

/**
 * A cluster as seen by one producer, consumer or admin: connections, metadata, coordinators. Requests go out once; whoever
 * asks decides what to try again. Each has its own, since a request that a broker holds would hold up the others' behind it.
 */
export class Cluster {
  readonly #world: ClientWorld;
  readonly #settings: ClusterSettings;
  readonly #pool: ConnectionPool;
  readonly #cache = new MetadataCache();
  readonly #coordinators: Coordinators;
  readonly #transactionCoordinators: Coordinators;
  readonly #tracked = new Set<string>();
  readonly #onClose: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #queued: Round | undefined;
  /** Since when nobody has answered for metadata, in monotonic time. */
  #silentSince: number | undefined;

  /** Opens nothing yet. `onClose` is called when it is closed. @throws KafkaConfigError */
  constructor(world: ClientWorld, options: ClusterOptions, onClose?: () => void) {
    this.#onClose = onClose;
    this.#world = world;
    this.#settings = clusterSettings(options);
    this.#pool = new ConnectionPool(world, this.#settings.pool);
    const ask = (kind: "group" | "transaction") =>
      new Coordinators(kind, (api, body, signal) => this.request("any", api, body, { signal }));
    this.#coordinators = ask("group");
    this.#transactionCoordinators = ask("transaction");
  }

  /** The cluster's id, once metadata was loaded. */
  get clusterId(): string | undefined {
    return this.#cache.clusterId;
  }

  /** Node id of the controller, -1 when not known. */
  get controllerId(): number {
    return this.#cache.controllerId;
  }

  /** How long a broker may take for an answer. */
  get requestTimeoutMs(): number {
    return this.#settings.requestTimeoutMs;
  }

  /** Age after which metadata is asked for again. */
  get metadataMaxAgeMs(): number {
    return this.#settings.metadataMaxAgeMs;
  }

  /** The brokers, once metadata was loaded. */
  get nodes(): readonly Node[] {
    return this.#cache.nodes;
  }

  /**
   * Sends one request and resolves with its answer, whose error codes are the caller's to read.
   *
   * @throws {@link KafkaConnectionError} when there is no way there or it breaks, KafkaTimeoutError when there is no answer in
   * time, KafkaProtocolError with `UNSUPPORTED_VERSION` when the broker lacks the API or with the error of the search for a coordinator.
   */
  async request<A extends Api>(
    to: Destination,
    api: A,
    body: RequestBody<A>,
    options: RequestOptions = {},
  ): Promise<ResponseOf<A>> {
    const connection = await this.#connect(to, options.signal);
    const version = connection.versionOf(api, options.maxVersion);
    const send = () =>
      connection.send(api, version, contentOf(body, version), {
        timeoutMs: options.timeoutMs ?? this.#settings.requestTimeoutMs,
        signal: options.signal,
      });
    try {
      if (!channels.request.hasSubscribers) return await send();
      const told: RequestWork = { api: api.name, version, broker: connection.text };
      return await traced(channels.request, this.#world.clock, told, send);
    } catch (error) {
      // A coordinator that cannot be reached may have moved.
      if (error instanceof KafkaConnectionError && typeof to === "object" && !("node" in to)) this.#forget(to);
      throw error;
    }
  }

  /** Sends a request that has no answer (Produce with acks 0). @throws as {@link Cluster.request} */
  async requestUnanswered<A extends Api>(
    to: Destination,
    api: A,
    body: RequestBody<A>,
    options: RequestOptions = {},
  ): Promise<void> {
    const connection = await this.#connect(to, options.signal);
    const version = connection.versionOf(api, options.maxVersion);
    await connection.sendUnanswered(api, version, contentOf(body, version));
  }

  /**
   * Topics by name, from the cache while fresh. A topic that is not there, or not readable, comes with `error`.
   *
   * @throws as {@link Cluster.request}
   */
  async topics(
    names: readonly string[],
    options: Pick<RequestOptions, "signal"> = {},
  ): Promise<Map<string, TopicMetadata>> {
    const stale = names.filter((name) => !this.isFresh(name));
    if (stale.length > 0) await this.refresh(stale, options);
    const found = new Map<string, TopicMetadata>();
    for (const name of names) {
      const topic = this.#cache.topic(name);
      if (topic !== undefined) found.set(name, topic);
    }
    return found;
  }

  /** Every topic of the cluster. @throws as {@link Cluster.request} */
  async allTopics(options: Pick<RequestOptions, "signal"> = {}): Promise<readonly TopicMetadata[]> {
    return this.#load(null, options.signal);
  }

  /**
   * Asks for metadata: of `names`, or of every topic asked for so far. Calls made while one is under way share the next.
   *
   * @throws as {@link Cluster.request}
   */
  refresh(names?: readonly string[], options: Pick<RequestOptions, "signal"> = {}): Promise<void> {
    this.#queued ??= this.#newRound();
    const round = this.#queued;
    for (const name of names ?? this.#tracked) {
      round.names.add(name);
      this.#tracked.add(name);
    }
    return abortable(round.promise, options.signal);
  }

  /** Whether a topic is known well enough that {@link Cluster.topics} would not ask. */
  isFresh(name: string): boolean {
    return this.#cache.isFresh(name, this.#world.clock.monotonic(), this.#settings.metadataMaxAgeMs);
  }

  /** What is known of a topic, however old. */
  topic(name: string): TopicMetadata | undefined {
    return this.#cache.topic(name);
  }

  /** The name of a topic id met before. */
  topicNameOf(topicId: string): string | undefined {
    return this.#cache.nameOf(topicId);
  }

  /** The leader last heard of; undefined when the partition is not known or has none. */
  leaderOf(topic: string, partition: number): { readonly nodeId: number; readonly epoch: number } | undefined {
    const known = this.#cache.partition(topic, partition);
    if (known === undefined || known.leader < 0 || this.#cache.node(known.leader) === undefined) return undefined;
    return { nodeId: known.leader, epoch: known.leaderEpoch };
  }

  /** Whether a broker is known by this id. */
  hasNode(nodeId: number): boolean {
    return this.#cache.node(nodeId) !== undefined;
  }

  /** A leader that a produce or fetch answer named (KIP-951), with the nodes named beside it. Answers whether it is news. */
  noteLeader(
    topic: string,
    partition: number,
    hint: { readonly leaderId: number; readonly leaderEpoch: number },
    nodes: readonly Node[],
  ): boolean {
    for (const { nodeId, host, port, rack } of nodes) this.#cache.addNode({ nodeId, host, port, rack });
    return this.#cache.noteLeader(topic, partition, hint.leaderId, hint.leaderEpoch);
  }

  /** Makes the next {@link Cluster.topics} ask again. */
  invalidate(topic: string): void {
    this.#cache.invalidate(topic);
  }

  /** Node id of a group's coordinator, looked for when not known. @throws as {@link Cluster.request} */
  async coordinatorOf(group: string, options: Pick<RequestOptions, "signal"> = {}): Promise<number> {
    const node = await this.#coordinators.find(group, options.signal);
    return node.nodeId;
  }

  /** Makes the next request to a group look for its coordinator again. */
  invalidateGroup(group: string): void {
    this.#coordinators.invalidate(group);
  }

  /** Makes the next request about an id's transactions look for their coordinator again. */
  invalidateTransaction(transactionalId: string): void {
    this.#transactionCoordinators.invalidate(transactionalId);
  }

  /** The level of a feature that a broker says is finalized (KIP-584), 0 where it says nothing. @throws as {@link Cluster.request} */
  async featureLevel(to: Destination, feature: string, options: Pick<RequestOptions, "signal"> = {}): Promise<number> {
    const connection = await this.#connect(to, options.signal);
    return connection.featureLevel(feature);
  }

  /** Closes every connection at once; what is pending rejects. Twice is fine. */
  async close(): Promise<void> {
    this.#onClose?.();
    await this.#pool.close();
    await this.#running?.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #connect(to: Destination, signal: AbortSignal | undefined): Promise<Connection> {
    if (to === "any") return this.#connectAny(signal);
    if (to === "controller") {
      const controller = this.#cache.node(this.#cache.controllerId);
      return controller === undefined ? this.#connectAny(signal) : this.#pool.get(controller, "general", signal);
    }
    if (!("node" in to)) return this.#connectCoordinator(to, signal);
    const node = this.#cache.node(to.node);
    if (node === undefined) throw new KafkaConnectionError("UNKNOWN_BROKER", `no broker ${to.node} in the metadata`);
    return this.#pool.get(node, to.purpose ?? "general", signal);
  }

  async #connectCoordinator(to: Coordinated, signal: AbortSignal | undefined): Promise<Connection> {
    const coordinator =
      "group" in to
        ? await this.#coordinators.find(to.group, signal)
        : await this.#transactionCoordinators.find(to.transaction, signal);
    try {
      return await this.#pool.get(coordinator, to.purpose ?? "coordinator", signal);
    } catch (error) {
      this.#forget(to);
      throw error;
    }
  }

  #forget(to: Coordinated): void {
    if ("group" in to) this.invalidateGroup(to.group);
    else this.invalidateTransaction(to.transaction);
  }

  // Nodes with an open connection first, then those without backoff, the bootstrap list last: when every broker the
  // cluster named is gone, the list may know others (KIP-899).
  async #connectAny(signal: AbortSignal | undefined): Promise<Connection> {
    const { nodes } = this.#cache;
    const first = Math.floor(this.#world.random.next() * nodes.length);
    const rotated: readonly BrokerAddress[] = [...nodes.slice(first), ...nodes.slice(0, first)];
    const mayBegin = this.#settings.rebootstraps || nodes.length === 0;
    const candidates = [...rotated, ...(mayBegin ? this.#settings.bootstrap : [])]
      .map((address) => ({ address, waitMs: this.#pool.waitMs(address, "general") }))
      .toSorted((a, b) => a.waitMs - b.waitMs);
    const tried = new Map<string, Promise<Connection>>();
    for (const { address } of candidates) {
      if (tried.has(addressText(address))) continue;
      tried.set(addressText(address), this.#pool.get(address, "general", signal));
      const connection = await this.#firstOf([...tried.values()], true);
      if (connection !== undefined) return connection;
    }
    const late = await this.#firstOf([...tried.values()], false);
    if (late !== undefined) return late;
    const cause = await Promise.any(tried.values()).catch((error: unknown) => error);
    throw new KafkaConnectionError("CONNECTION_FAILED", `no broker of ${[...tried.keys()].join(", ")}`, { cause });
  }

  /**
   * The first that opens; undefined when none does, or none has after a moment, if it is not to be waited for: one that answers
   * nothing must not hold up the others. @throws what is no matter of the way there
   */
  async #firstOf(opening: readonly Promise<Connection>[], mayMoveOn: boolean): Promise<Connection | undefined> {
    const isOver = new AbortController();
    const moment = mayMoveOn ? [delay(this.#world.timers, moveOnMs, isOver.signal).catch(() => {})] : [];
    try {
      return (await Promise.race([Promise.any(opening), ...moment])) ?? undefined;
    } catch (failed) {
      const { errors } = failed as AggregateError;
      const other = errors.find((error) => !(error instanceof KafkaConnectionError));
      if (other !== undefined) throw other;
      return undefined;
    } finally {
      isOver.abort();
    }
  }

  #newRound(): Round {
    const previous = this.#running;
    const round: Round = { names: new Set(), promise: Promise.resolve() };
    round.promise = this.#runRound(round, previous);
    // Its failure reaches those who wait for it; nobody may, when they aborted.
    round.promise.catch(() => {});
    return round;
  }

  async #runRound(round: Round, previous: Promise<void> | undefined): Promise<void> {
    // Also without one under way: names asked for in the same turn travel together.
    await previous?.catch(() => {});
    await Promise.resolve();
    this.#queued = undefined;
    this.#running = round.promise;
    await this.#load([...round.names], undefined);
  }

  async #load(names: readonly string[] | null, signal: AbortSignal | undefined): Promise<readonly TopicMetadata[]> {
    const allowAutoTopicCreation = names !== null && this.#settings.allowAutoTopicCreation;
    const body = { topics: names?.map((name) => ({ name })) ?? null, allowAutoTopicCreation };
    const response = await this.#metadata(body, signal);
    const topics = this.#cache.apply(response, this.#world.clock.monotonic(), names ?? []);
    const wanted = new Set([...this.#cache.nodes, ...this.#settings.bootstrap].map((address) => addressText(address)));
    this.#pool.retain((address) => wanted.has(addressText(address)));
    return topics;
  }

  async #metadata(body: RequestInput<typeof metadata>, signal: AbortSignal | undefined): Promise<MetadataResponse> {
    const { clock } = this.#world;
    try {
      for (let tries = 1; ; tries += 1) {
        const response = await this.request("any", metadata, body, { signal });
        const code = errorCodeOf(response.errorCode);
        this.#silentSince = undefined;
        if (code === "NONE") return response;
        if (code !== "REBOOTSTRAP_REQUIRED" || tries > 1) throw new KafkaProtocolError(code, "metadata");
        this.#rebootstrap();
      }
    } catch (error) {
      if (error instanceof KafkaProtocolError || signal?.aborted) throw error;
      this.#silentSince ??= clock.monotonic();
      if (clock.monotonic() - this.#silentSince >= this.#settings.rebootstrapTriggerMs) this.#rebootstrap();
      throw error;
    }
  }

  /** Begins anew with the bootstrap list: brokers that accept connections and answer nothing may be anybody by now (KIP-1102). */
  #rebootstrap(): void {
    if (!this.#settings.rebootstraps) return;
    this.#silentSince = undefined;
    this.#cache.forgetNodes();
    this.#coordinators.invalidateAll();
    this.#transactionCoordinators.invalidateAll();
    const wanted = new Set(this.#settings.bootstrap.map((address) => addressText(address)));
    this.#pool.retain((address) => wanted.has(addressText(address)));
  }
}

const contentOf = <A>(body: RequestBody<A>, version: number): RequestInput<A> =>
  typeof body === "function" ? body(version) : body;
