import { KafkaProtocolError, type ProduceResponse, produce, zeroUuid } from "@ottla/protocol";
import { nextTick, type Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import type { TopicPartition } from "../consumer/topic-partition.js";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";
import { KafkaTimeoutError } from "../errors/kafka-timeout-error.js";
import { backoffMs } from "../network/backoff.js";
import { Leaders } from "./leaders.js";
import type { PartitionQueue } from "./partition-queue.js";
import { type BatchAnswer, ProduceContent, refusal, refusalOfRecord } from "./produce-request.js";
import { isUncertain, verdictOf } from "./produce-verdict.js";
import type { ProducerBatch, ProducerIdentity } from "./producer-batch.js";
import { ProducerId } from "./producer-id.js";
import type { ProducerSettings } from "./producer-options.js";
import { concurrentBackoff } from "./transaction/transaction-link.js";

/** While a broker owes answers, a batch that is not full waits at most this long for one of them. */
const adaptiveLingerMs = 5;
const atOnce = Number.NEGATIVE_INFINITY;

/** What a sender tells the accumulator whose batches it takes. */
export interface SenderHost {
  /** The cluster refuses this producer an id; nothing can be sent. */
  idRefused(error: Error): void;
  /** A batch failed for good; its records were told. */
  failed(queue: PartitionQueue, batch: ProducerBatch, error: Error): void;
}

/** Who a transactional producer is, and which of its batches may leave. */
export interface TransactionGate {
  readonly current: ProducerIdentity | undefined;
  /** The highest version of Produce that goes with the cluster's protocol of transactions; undefined for any. */
  readonly maxProduceVersion: number | undefined;
  /** Whether a batch of the partition may leave now; where it may not yet, the sender is scheduled when it may. */
  admits(partition: TopicPartition): boolean;
}

/** What one broker owes us. */
interface Lane {
  inFlight: number;
  /** Monotonic time until which the broker asked not to be sent more (KIP-219). */
  throttledUntil: number;
}

/**
 * Takes batches to their leaders: at most `maxInFlight` requests per broker, each with one batch of every partition that is
 * ready. It runs when a turn ends in which records came, when an answer comes, and when a wait is over.
 */
export class Sender {
  /** While above zero nothing lingers. */
  flushing = 0;
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #leaders: Leaders;
  readonly #producerId: ProducerId;
  readonly #host: SenderHost;
  readonly #gate: TransactionGate | undefined;
  readonly #stopping = new AbortController();
  readonly #active = new Set<PartitionQueue>();
  readonly #lanes = new Map<number, Lane>();
  readonly #running = new Set<Promise<void>>();
  #isScheduled = false;
  #isLoadingId = false;
  #wake: { readonly at: number; readonly timer: Timer } | undefined;

  constructor(
    world: ClientWorld,
    cluster: Cluster,
    settings: ProducerSettings,
    host: SenderHost,
    gate?: TransactionGate | undefined,
  ) {
    this.#gate = gate;
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#producerId = new ProducerId(cluster);
    this.#leaders = new Leaders(world, cluster, settings.retryBackoff, this.#stopping.signal, () => this.schedule());
  }

  /** A queue has something to send. */
  touch(queue: PartitionQueue): void {
    this.#active.add(queue);
    this.schedule();
  }

  /** Looks, when this turn's work is done, what may go. */
  schedule(): void {
    if (this.#isScheduled || this.#stopping.signal.aborted) return;
    this.#isScheduled = true;
    nextTick(() => {
      this.#isScheduled = false;
      this.#drain();
    });
  }

  /** Asks for the producer id ahead of the first batch. */
  warmUp(): void {
    const isOwn = this.#settings.isIdempotent && this.#gate === undefined;
    if (isOwn && this.#producerId.current === undefined) this.#loadId();
  }

  /** Asks where a topic's leaders are. */
  lookFor(topic: string): void {
    this.#leaders.lookFor(topic);
  }

  /** Sends nothing more; resolves when what was under way has come back, for which its connections should be closed. */
  stop(): void {
    this.#wake?.timer.cancel();
    this.#stopping.abort();
  }

  /** Resolves when what is under way now has come back. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#running]);
  }

  /** Resolves when nothing of a stopped sender runs any more. */
  async stopped(): Promise<void> {
    await Promise.allSettled([...this.#running, this.#leaders.idle()]);
  }

  #drain(): void {
    if (this.#stopping.signal.aborted) return;
    while (this.#pass()) {
      // Another round, for queues that have more than one batch ready.
    }
  }

  #pass(): boolean {
    const now = this.#world.clock.monotonic();
    const ready = new Map<number, PartitionQueue[]>();
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const queue of this.#active) {
      if (queue.isIdle) {
        this.#active.delete(queue);
        continue;
      }
      const leader = this.#cluster.leaderOf(queue.topic, queue.partition);
      if (leader === undefined) {
        this.#leaders.lookFor(queue.topic);
        continue;
      }
      const lane = this.#lane(leader.nodeId);
      if (lane.inFlight >= this.#settings.maxInFlight) continue;
      const at = Math.max(lane.throttledUntil, queue.sendableAt(leader.nodeId, this.#lingerMs(lane)));
      if (at > now) wakeAt = Math.min(wakeAt, at);
      else if (this.#canNumber(queue)) listed(ready, leader.nodeId).push(queue);
    }
    for (const [nodeId, queues] of ready) this.#sendTo(nodeId, queues);
    this.#wakeAt(wakeAt, now);
    return ready.size > 0;
  }

  #lingerMs(lane: Lane): number {
    if (this.flushing > 0) return atOnce;
    if (this.#settings.lingerMs !== undefined) return this.#settings.lingerMs;
    return lane.inFlight === 0 ? atOnce : adaptiveLingerMs;
  }

  #lane(nodeId: number): Lane {
    let lane = this.#lanes.get(nodeId);
    if (lane === undefined) {
      lane = { inFlight: 0, throttledUntil: 0 };
      this.#lanes.set(nodeId, lane);
    }
    return lane;
  }

  #canNumber(queue: PartitionQueue): boolean {
    if (!this.#settings.isIdempotent) return true;
    if (this.#gate !== undefined) return this.#gate.admits(queue);
    const identity = this.#producerId.current;
    if (identity !== undefined && !queue.needsOtherId(identity)) return true;
    this.#loadId();
    return false;
  }

  #sendTo(nodeId: number, queues: readonly PartitionQueue[]): void {
    const content = new ProduceContent((topic) => this.#cluster.topic(topic)?.topicId ?? zeroUuid);
    const taken = new Map<ProducerBatch, PartitionQueue>();
    const identity = this.#settings.isIdempotent ? (this.#gate ?? this.#producerId).current : undefined;
    let sizeInBytes = 0;
    for (const queue of queues) {
      if (sizeInBytes > 0 && sizeInBytes + queue.nextSizeInBytes > this.#settings.maxRequestBytes) break;
      const batch = queue.take(nodeId, identity);
      if (batch === undefined) continue;
      sizeInBytes += batch.sizeInBytes;
      content.add(batch);
      taken.set(batch, queue);
      // To the end, so that no partition waits for others for ever.
      this.#active.delete(queue);
      this.#active.add(queue);
    }
    if (taken.size === 0) return;
    const lane = this.#lane(nodeId);
    lane.inFlight += 1;
    const running = this.#send(nodeId, lane, content, taken).finally(() => {
      this.#running.delete(running);
      lane.inFlight -= 1;
      this.schedule();
    });
    this.#running.add(running);
  }

  async #send(
    nodeId: number,
    lane: Lane,
    content: ProduceContent,
    taken: ReadonlyMap<ProducerBatch, PartitionQueue>,
  ): Promise<void> {
    const { requestTimeoutMs: timeoutMs, acks } = this.#settings;
    const options = { timeoutMs, maxVersion: this.#gate?.maxProduceVersion ?? content.maxVersion };
    const body = () => content.body(this.#settings);
    try {
      if (acks === 0) {
        await this.#cluster.requestUnanswered({ node: nodeId }, produce, body, options);
        for (const [batch, queue] of taken) this.#delivered(queue, batch, -1, -1);
        return;
      }
      const response = await this.#cluster.request({ node: nodeId }, produce, body, options);
      if (response.throttleTimeMs > 0) lane.throttledUntil = this.#world.clock.monotonic() + response.throttleTimeMs;
      for (const answer of content.answers(response)) {
        const queue = taken.get(answer.batch);
        if (queue !== undefined) this.#answered(queue, answer, response);
      }
    } catch (error) {
      for (const [batch, queue] of taken) this.#broke(queue, batch, error);
    }
  }

  #answered(queue: PartitionQueue, result: BatchAnswer, response: ProduceResponse): void {
    const { batch, code, answer } = result;
    const verdict = verdictOf(code);
    if (verdict === "delivered") {
      // A duplicate whose offset the broker forgot comes with -1.
      this.#delivered(queue, batch, answer?.baseOffset ?? -1, answer?.logAppendTimeMs ?? -1);
      return;
    }
    if (code === "CONCURRENT_TRANSACTIONS") {
      this.#retry(queue, () => queue.retry(batch), concurrentBackoff);
      return;
    }
    const wasUncertain = batch.isUncertain;
    batch.isUncertain ||= isUncertain(code);
    batch.lastError = refusal(result);
    this.#cluster.invalidate(batch.topic);
    if (verdict === "split" && batch.count > 1 && !batch.isSettled) {
      queue.replace(batch, batch.split());
      this.touch(queue);
    } else if (verdict === "retry") {
      const hint = answer?.currentLeader;
      const isKnown =
        hint !== undefined && this.#cluster.noteLeader(batch.topic, batch.partition, hint, response.nodeEndpoints);
      if (!isKnown) this.#leaders.lookFor(batch.topic);
      this.#retry(queue, () => queue.retry(batch));
    } else if (verdict === "outOfOrder" && this.#mayStartOver(queue, batch)) {
      this.#retry(queue, () => queue.outOfOrder(batch));
    } else if (verdict === "fenced" && !wasUncertain && this.#gate === undefined) {
      this.#retry(queue, () => queue.fenced(batch));
    } else {
      this.#fail(queue, batch, refusal(result), refusalOfRecord(result));
    }
  }

  // In a transaction another epoch begins another transaction.
  #mayStartOver(queue: PartitionQueue, batch: ProducerBatch): boolean {
    return this.#gate === undefined || !queue.isNext(batch);
  }

  #broke(queue: PartitionQueue, batch: ProducerBatch, error: unknown): void {
    const isTransport = error instanceof KafkaConnectionError || error instanceof KafkaTimeoutError;
    batch.lastError = error;
    if (!isTransport) {
      this.#fail(queue, batch, error instanceof Error ? error : new Error(String(error)));
      return;
    }
    batch.isUncertain ||= error instanceof KafkaConnectionError ? error.wasSent : error.outcome === "unknown";
    this.#leaders.lookFor(batch.topic);
    this.#retry(queue, () => queue.retry(batch));
  }

  #delivered(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, logAppendTimeMs: number): void {
    queue.delivered(batch);
    batch.deliver(baseOffset, logAppendTimeMs);
  }

  #fail(
    queue: PartitionQueue,
    batch: ProducerBatch,
    error: Error,
    errorOf?: (index: number) => Error | undefined,
  ): void {
    batch.fail(error, errorOf);
    queue.givenUp(batch);
    this.#host.failed(queue, batch, error);
  }

  #retry(queue: PartitionQueue, requeue: () => void, backoff = this.#settings.retryBackoff): void {
    const { clock, random } = this.#world;
    const now = clock.monotonic();
    // Several batches that failed together are one failure.
    if (now >= queue.retryNotBefore) {
      queue.failures += 1;
      queue.retryNotBefore = now + backoffMs(backoff, queue.failures, random);
    }
    requeue();
    this.touch(queue);
  }

  #loadId(): void {
    if (this.#isLoadingId || this.#stopping.signal.aborted) return;
    this.#isLoadingId = true;
    const running = this.#idLoaded().finally(() => {
      this.#running.delete(running);
      this.#isLoadingId = false;
      this.schedule();
    });
    this.#running.add(running);
  }

  async #idLoaded(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.#producerId.load(signal, this.#world, this.#settings.retryBackoff);
    } catch (error) {
      if (!signal.aborted) {
        this.#host.idRefused(
          error instanceof Error ? error : new KafkaProtocolError("UNKNOWN_SERVER_ERROR", String(error)),
        );
      }
    }
  }

  #wakeAt(at: number, now: number): void {
    if (at === this.#wake?.at) return;
    this.#wake?.timer.cancel();
    this.#wake = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const timer = this.#world.timers.after(at - now, () => {
      this.#wake = undefined;
      this.#drain();
    });
    this.#wake = { at, timer };
  }
}

function listed<K, V>(lists: Map<K, V[]>, key: K): V[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}
