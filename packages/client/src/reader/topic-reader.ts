import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { AssignedPartition } from "../consumer/fetch/assigned-partition.js";
import { Fetcher } from "../consumer/fetch/fetcher.js";
import { LoopTurns } from "../consumer/loop-turns.js";
import { boundaryOffsets } from "../consumer/offsets/offset-lookup.js";
import { PositionReset } from "../consumer/offsets/position-reset.js";
import { type FedRecord, RecordFeed } from "../consumer/record-feed.js";
import { partitionKey } from "../consumer/topic-partition.js";
import { untilAnswered } from "../consumer/until-answered.js";
import { prepareTopic } from "../contract/prepare-topic.js";
import type { ConsumedRecord } from "../contract/record.js";
import type { Topic } from "../contract/topic.js";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";
import { onAbort } from "../world/on-abort.js";
import { type ReaderOptions, type ReaderSettings, readerSettings } from "./reader-options.js";

/**
 * Reads whole topics outside any group: all their partitions, from where `from` says, committing nothing. For tools, tests
 * and services that keep a topic's content in memory. Partitions added later are not noticed.
 *
 * ```ts
 * for await (const record of kafka.reader({ topics: [customers], until: "end" })) table.set(record.key, record.value);
 * ```
 */
export class TopicReader<T extends Topic> implements AsyncIterable<ConsumedRecord<T>> {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ReaderSettings;
  readonly #signal: AbortSignal | undefined;
  readonly #stopped = new AbortController();
  readonly #fetcher: Fetcher;
  readonly #feed: RecordFeed;
  readonly #turns: LoopTurns;
  readonly #reset: PositionReset;
  readonly #stopListening: (() => void) | undefined;
  #partitions: readonly AssignedPartition[] = [];
  /** With `until: "end"`: where each partition ended when reading began. */
  #ends: ReadonlyMap<AssignedPartition, number> | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isRead = false;

  /**
   * @internal Made by `kafka.reader()`.
   * @param cluster - The reader's own, which it closes.
   * @throws KafkaConfigError
   */
  constructor(world: ClientWorld, cluster: Cluster, options: ReaderOptions<T>, registry?: unknown) {
    const settings = readerSettings(options, registry);
    const { signal } = this.#stopped;
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#signal = options.signal;
    this.#turns = new LoopTurns(world);
    const ready = () => this.#turns.tell();
    this.#reset = new PositionReset(world, cluster, settings, signal);
    const outOfRange = (partition: AssignedPartition, offset: number) => this.#reset.reset([partition], offset);
    const host = { ready, fail: (error: unknown) => this.#fail(error), outOfRange };
    this.#fetcher = new Fetcher(world, cluster, settings, host, signal);
    this.#feed = new RecordFeed(world, settings, this.#fetcher, { ready }, signal);
    const abort = (): void => this.#fail(this.#signal?.reason);
    if (this.#signal?.aborted) abort();
    else this.#stopListening = this.#signal && onAbort(this.#signal, abort);
  }

  /**
   * The records, in the order of each partition; partitions take turns. Ends when the reader is closed or has read what
   * `until` asks for. One loop for a reader: leaving it closes the reader.
   *
   * @throws as a consumer's loop does, and KafkaProtocolError with `UNKNOWN_TOPIC_OR_PARTITION` for a topic that does not
   * exist, nor for some seconds comes to.
   */
  [Symbol.asyncIterator](): AsyncIterator<ConsumedRecord<T>, undefined> {
    if (this.#isRead) throw new KafkaConfigError("the reader has been read already: make another one");
    this.#isRead = true;
    return {
      next: () => {
        const fed = this.#poll();
        return fed === undefined ? this.#waited() : Promise.resolve(given<T>(fed));
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** Stops reading and closes the connections. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** As {@link TopicReader.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopListening?.();
    this.#stopped.abort(new KafkaClosedError("the reader was closed"));
    this.#turns.tell();
    await this.#starting?.catch(() => {});
    await this.#fetcher.close();
    await this.#cluster.close();
  }

  /** The next record where it is there, and nothing has been told since {@link TopicReader.#next} looked. */
  #poll(): FedRecord | undefined {
    if (!this.#turns.mayGoOn(this.#world.clock.monotonic())) return undefined;
    return this.#feed.poll(this.#settings.onPoison);
  }

  async #waited(): Promise<IteratorResult<ConsumedRecord<T>, undefined>> {
    let fed: FedRecord | undefined;
    try {
      fed = await this.#next();
    } finally {
      if (fed === undefined) await this.close();
    }
    return fed === undefined ? { done: true, value: undefined } : given(fed);
  }

  async #next(): Promise<FedRecord | undefined> {
    await this.#turns.breathe();
    this.#starting ??= this.#start();
    await this.#starting;
    for (;;) {
      this.#turns.look();
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#stopped.signal.aborted) return undefined;
      const failed = this.#partitions.find(({ failure }) => failure !== undefined);
      if (failed?.failure !== undefined) throw failed.failure;
      const fed = this.#feed.poll(this.#settings.onPoison);
      if (fed !== undefined) return fed;
      // Taking a record may have shown a damaged batch, or a poison record: its partition's failure is asked for above.
      if (this.#turns.hasNews) continue;
      if (this.#isAtEnd()) return undefined;
      await this.#turns.news();
    }
  }

  #isAtEnd(): boolean {
    const ends = this.#ends;
    return (
      ends !== undefined &&
      this.#partitions.every((partition) => (partition.doneUpTo ?? 0) >= (ends.get(partition) ?? 0))
    );
  }

  async #start(): Promise<void> {
    const { topics, registry, until } = this.#settings;
    const { signal } = this.#stopped;
    try {
      for (const topic of topics.values()) await prepareTopic(topic, { direction: "read", registry, signal });
      this.#partitions = await this.#findPartitions(signal);
      await this.#reset.reset(this.#partitions, undefined);
      if (until === "end") this.#ends = await this.#findEnds(signal);
      this.#fetcher.add(this.#partitions);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** @throws KafkaProtocolError for a topic that may not be read, or is not there and does not come soon. */
  async #findPartitions(signal: AbortSignal): Promise<readonly AssignedPartition[]> {
    const { topics, onEvent } = this.#settings;
    const { clock, timers, random } = this.#world;
    const deadline = clock.monotonic() + topicPatienceMs;
    for (let failures = 1; ; failures += 1) {
      const found = await untilAnswered("metadata", this.#world, { onEvent, signal }, () =>
        this.#cluster.topics([...topics.keys()], { signal }),
      );
      const missing = [...found.values()].find(({ error }) => error !== undefined);
      if (missing?.error === undefined) {
        return [...topics.values()].flatMap((contract) =>
          (found.get(contract.name)?.partitions ?? []).map(
            ({ partition }) => new AssignedPartition(contract, partition),
          ),
        );
      }
      const { name, error } = missing;
      if (!error.retriable || clock.monotonic() >= deadline) throw error;
      onEvent({ kind: "retrying", doing: `find topic ${name}`, error });
      await delay(timers, backoffMs(topicBackoff, failures, random), signal);
    }
  }

  async #findEnds(signal: AbortSignal): Promise<ReadonlyMap<AssignedPartition, number>> {
    const { isReadCommitted } = this.#settings;
    const found = await this.#reset.untilAnswered("latest offsets", this.#partitions, () =>
      boundaryOffsets(this.#cluster, this.#partitions, { at: "latest", isReadCommitted, signal }),
    );
    const offsets = new Map(found?.map(({ partition, offset }) => [partitionKey(partition), offset]));
    return new Map(this.#partitions.map((partition) => [partition, offsets.get(partitionKey(partition)) ?? 0]));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#turns.tell();
    if (this.#signal?.aborted) void this.close();
  }
}

function given<T extends Topic>({ partition, handed, record }: FedRecord): IteratorYieldResult<ConsumedRecord<T>> {
  partition.done(handed);
  return { done: false, value: record as unknown as ConsumedRecord<T> };
}

/** How long a topic that was just made may take to be known to every broker. */
const topicPatienceMs = 5_000;
const topicBackoff = { baseMs: 100, maxMs: 1_000 };
