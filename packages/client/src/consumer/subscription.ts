import type { Cluster } from "../cluster/cluster.js";
import type { HeadersOut, NoHeaders } from "../contract/headers.js";
import { prepareTopic } from "../contract/prepare-topic.js";
import type { MaybeKeyedRecord, ReceivedRecord } from "../contract/record.js";
import { type Topic, topic } from "../contract/topic.js";
import { bytes } from "../serde/bytes.js";
import { nullable } from "../serde/nullable.js";

/** A topic whose keys and values are bytes, or nothing. */
export type RawTopic<Name extends string = string> = Topic<
  Name,
  MaybeKeyedRecord<Uint8Array | null, Uint8Array | null>,
  ReceivedRecord<Name, Buffer | null, Buffer | null, HeadersOut<NoHeaders>>
>;

/** Topics by a pattern of their names, and how each is read. Made by {@link topicsMatching}. */
export interface TopicPattern<T extends Topic> {
  readonly pattern: RegExp;
  readonly contractOf: (name: string) => T;
}

const rawTopic = (name: string): RawTopic => topic(name, { key: nullable(bytes()), value: nullable(bytes()) });

/**
 * The topics whose names match `pattern`, those that come later included, read by the contract that `contractOf` makes for a name;
 * without it as bytes. Topics that begin with `__` are left out. The pattern is tested here, against every name of the cluster: one
 * that backtracks without end is its author's.
 */
export function topicsMatching(pattern: RegExp): TopicPattern<RawTopic>;
export function topicsMatching<const T extends Topic>(
  pattern: RegExp,
  contractOf: (name: string) => T,
): TopicPattern<T>;
export function topicsMatching(pattern: RegExp, contractOf: (name: string) => Topic = rawTopic): TopicPattern<Topic> {
  // A global or sticky expression would remember where it matched last.
  return { pattern: new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, "")), contractOf };
}

/** The topics that a consumer reads: named, or found by a pattern; those of retries come and stay. */
export class Subscription {
  /** By name. It changes. */
  readonly topics: ReadonlyMap<string, Topic>;
  readonly pattern: TopicPattern<Topic> | undefined;
  readonly #topics: Map<string, Topic>;
  readonly #found = new Set<string>();
  readonly #registry: unknown;

  constructor(topics: readonly Topic[] | TopicPattern<Topic>, registry: unknown) {
    const named = "pattern" in topics ? [] : topics;
    this.pattern = "pattern" in topics ? topics : undefined;
    this.#topics = new Map(named.map((each) => [each.name, each]));
    this.topics = this.#topics;
    this.#registry = registry;
  }

  /** Readies contracts and reads their topics from now on. Answers whether any is new. @throws what a serde's `prepare` throws. */
  async add(contracts: readonly Topic[], signal: AbortSignal): Promise<boolean> {
    const added = contracts.filter(({ name }) => !this.#topics.has(name));
    for (const contract of added) {
      await prepareTopic(contract, { direction: "read", registry: this.#registry, signal });
    }
    for (const contract of added) this.#topics.set(contract.name, contract);
    return added.length > 0;
  }

  /** Looks which topics match the pattern now. Answers whether that has changed. @throws as `Cluster.allTopics`, and what `contractOf` throws. */
  async look(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
    if (this.pattern === undefined) return false;
    const { pattern, contractOf } = this.pattern;
    const all = await cluster.allTopics({ signal });
    const names = new Set(all.filter(({ error }) => error === undefined).map(({ name }) => name));
    const matching = [...names].filter((name) => !name.startsWith("__") && pattern.test(name)).sort();
    const gone = [...this.#found].filter((name) => !names.has(name));
    for (const name of gone) {
      this.#found.delete(name);
      this.#topics.delete(name);
    }
    const fresh = matching.filter((name) => !this.#topics.has(name));
    const isNew = await this.add(fresh.map(contractOf), signal);
    for (const name of fresh) this.#found.add(name);
    return isNew || gone.length > 0;
  }
}
