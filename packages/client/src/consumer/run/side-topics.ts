import { Admin } from "../../admin/admin.js";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import type { Topic } from "../../contract/topic.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import type { ConsumerPoisonPolicy, ConsumerSettings, PoisonPolicy } from "../consumer-options.js";
import { deadLetterName } from "../dead-letter/dead-letter-names.js";
import { type DeadLetterTopic, deadLetterOf } from "../dead-letter/dead-letter-of.js";
import type { FailedRecords } from "../dead-letter/failed-records.js";
import { type RetryTopic, retryOf, retryTopicsOf } from "../retry/retry-topics.js";
import { untilAnswered } from "../until-answered.js";
import { FailureRoute } from "./failure-route.js";
import type { RunSettings } from "./run-options.js";

/** The retry and dead-letter topics beside those that a consumer was made for. */
export class SideTopics {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #failed: FailedRecords;

  constructor(world: ClientWorld, cluster: Cluster, settings: ConsumerSettings, failed: FailedRecords) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#failed = failed;
  }

  /** The topics that the consumer was made for. */
  origins(): readonly Topic[] {
    return [...this.#settings.subscription.topics.values()].filter((topic) => retryOf(topic) === undefined);
  }

  /** Where the failed records of a run go. @throws KafkaConfigError */
  routeOf(run: RunSettings): FailureRoute {
    const retryTopics = new Map(this.origins().map((origin) => [origin.name, this.#retryTopicsOf(origin, run)]));
    return new FailureRoute(run, this.#failed, retryTopics);
  }

  /** What becomes of records that cannot be decoded: with `"deadLetter"` they are written to the topics of `named`, or those of their names. */
  poisonPolicyOf(
    policy: ConsumerPoisonPolicy,
    named: ReadonlyMap<string, DeadLetterTopic> = this.#settings.deadLetters,
  ): PoisonPolicy {
    if (policy !== "deadLetter") return policy;
    return (poison) =>
      this.#failed.deadLetter(poison, deadLetterName(named, poison.topic), { error: poison.error, attempt: 0 });
  }

  /**
   * Creates what is missing of the topics that `run`, or a loop, may write to, and reads its retry topics from now on. Answers whether there
   * are new ones. @throws KafkaProtocolError for a topic that is neither there nor can be created.
   */
  async ready(run: RunSettings | undefined, onPoison: ConsumerPoisonPolicy, signal: AbortSignal): Promise<boolean> {
    const writesDeadLetters = onPoison === "deadLetter" || run?.onFailure === "deadLetter";
    const retryTopics: RetryTopic[] = [];
    const needed: { readonly topic: Topic; readonly origin: string }[] = [];
    for (const origin of this.origins()) {
      const stages = run === undefined ? [] : this.#retryTopicsOf(origin, run);
      retryTopics.push(...stages);
      needed.push(...stages.map((topic) => ({ topic, origin: origin.name })));
      if (!writesDeadLetters) continue;
      const named = (run?.deadLetters ?? this.#settings.deadLetters).get(origin.name);
      needed.push({ topic: named ?? deadLetterOf(origin), origin: origin.name });
    }
    if (needed.length > 0 && run?.createsTopics !== false) {
      const { onEvent } = this.#settings;
      await untilAnswered("create retry and dead-letter topics", this.#world, { onEvent, signal }, () =>
        this.#create(needed, signal),
      );
    }
    return this.#settings.subscription.add(retryTopics, signal);
  }

  #retryTopicsOf(origin: Topic, { retryDelays, retryTopicName }: RunSettings): readonly RetryTopic[] {
    if (retryDelays.length === 0) return [];
    const { groupId, assign, subscription } = this.#settings;
    if (assign !== undefined) throw new KafkaConfigError("retryTopics: a consumer with `assign` reads no others");
    if (subscription.pattern !== undefined) {
      throw new KafkaConfigError("retryTopics: a consumer of a pattern has no list of topics to make them for");
    }
    return retryTopicsOf(origin, groupId, retryDelays, retryTopicName);
  }

  async #create(
    needed: readonly { readonly topic: Topic; readonly origin: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    const admin = new Admin(this.#world, this.#cluster);
    const origins = await this.#cluster.topics([...new Set(needed.map(({ origin }) => origin))], { signal });
    const byName = new Map(needed.map((each) => [each.topic.name, each]));
    const wanted = [...byName.values()].map(({ topic: { name, config, partitions }, origin }) => {
      const count = origins.get(origin)?.partitions.length ?? 0;
      return { name, config, partitions: count > 0 ? count : partitions };
    });
    const outcomes = await admin.topics.create(wanted, { signal });
    for (const { name, error } of outcomes) {
      if (error === undefined || error.code === "TOPIC_ALREADY_EXISTS") continue;
      // Who may not create topics may still write to those that others have.
      const known = await this.#cluster.topics([name], { signal });
      if (known.get(name)?.error !== undefined) throw error;
    }
  }
}
