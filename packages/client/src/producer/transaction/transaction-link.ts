import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  errorCodeOf,
  initProducerId,
  KafkaProtocolError,
  txnOffsetCommit,
} from "@ottla/protocol";
import type { OffsetToCommit } from "../../admin/offset-admin.js";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import type { GroupMetadata } from "../../consumer/group-metadata.js";
import { groupByTopic, partitionKey, type TopicPartition } from "../../consumer/topic-partition.js";
import { isRetriable } from "../../errors/is-retriable.js";
import { KafkaConnectionError } from "../../errors/kafka-connection-error.js";
import { KafkaTimeoutError } from "../../errors/kafka-timeout-error.js";
import { type Backoff, backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import type { ProducerIdentity } from "../producer-batch.js";
import type { ProducerSettings } from "../producer-options.js";

/** While the markers of the transaction before are written, which takes a disk's sync or two. */
export const concurrentBackoff: Backoff = { baseMs: 20, maxMs: 200 };

/** The protocol of transactions: 2 is KIP-890's, where Produce and TxnOffsetCommit add to the transaction by themselves. */
export type TransactionVersion = 1 | 2;

// The versions before those that say that the client speaks KIP-890's protocol.
const lastOld = { endTxn: 4, txnOffsetCommit: 4, addPartitions: 3 } as const;
const from = { initWithIdentity: 3 } as const;

interface Wait {
  /** Monotonic time after which nothing is tried again. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Requests of one transactional id to its coordinator, and to those of groups: tried again while that may help. */
export class TransactionLink {
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #id: string;

  constructor(world: ClientWorld, cluster: Cluster, settings: ProducerSettings, transactionalId: string) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#id = transactionalId;
  }

  /** Which protocol the coordinator's cluster has agreed on. */
  version(wait: Wait): Promise<TransactionVersion> {
    return this.#retried("features", wait, async () => {
      const level = await this.#cluster.featureLevel({ transaction: this.#id }, "transaction.version", wait);
      return level >= 2 ? 2 : 1;
    });
  }

  /** Ends what was open under the id, fences others, and gives an epoch. With `own`, another that has begun since fences us instead (KIP-360). */
  begin(own: ProducerIdentity | undefined, wait: Wait): Promise<ProducerIdentity> {
    const { transactionTimeoutMs } = this.#settings;
    const body = (version: number) => {
      if (own !== undefined && version < from.initWithIdentity) {
        throw new KafkaProtocolError(
          "UNSUPPORTED_VERSION",
          "brokers before 2.5 do not let a producer go on after this",
        );
      }
      return { transactionalId: this.#id, transactionTimeoutMs, ...own };
    };
    return this.#retried("producer id", wait, async () => {
      const to = { transaction: this.#id };
      const response = await this.#cluster.request(to, initProducerId, body, { signal: wait.signal });
      this.#check(response.errorCode, "producer id");
      return { producerId: response.producerId, producerEpoch: response.producerEpoch };
    });
  }

  /** The protocol before KIP-890: before a partition is first written to. */
  addPartitions(identity: ProducerIdentity, partitions: readonly TopicPartition[], wait: Wait): Promise<void> {
    const body = {
      v3AndBelowTransactionalId: this.#id,
      v3AndBelowProducerId: identity.producerId,
      v3AndBelowProducerEpoch: identity.producerEpoch,
      v3AndBelowTopics: groupByTopic(partitions).map(({ topic, partitions: numbers }) => ({
        name: topic,
        partitions: numbers,
      })),
    };
    return this.#retried("partitions", wait, async () => {
      // The next request must not overtake it: the wait for its answer is not given up.
      const options = { maxVersion: lastOld.addPartitions };
      const response = await this.#cluster.request({ transaction: this.#id }, addPartitionsToTxn, body, options);
      const results = response.resultsByTopicV3AndBelow.flatMap(({ name, resultsByPartition }) =>
        resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => ({
          what: partitionKey({ topic: name, partition: partitionIndex }),
          code: partitionErrorCode,
        })),
      );
      // One that is refused keeps the others from being tried; its own code says why.
      const isReason = ({ code }: { code: number }) => errorCodeOf(code) !== "OPERATION_NOT_ATTEMPTED";
      for (const { what, code } of results.filter(isReason)) this.#check(code, what);
    });
  }

  /** The protocol before KIP-890: before a group's offsets are first committed. */
  addOffsets(identity: ProducerIdentity, groupId: string, wait: Wait): Promise<void> {
    return this.#retried(`offsets of group "${groupId}"`, wait, async () => {
      const body = { transactionalId: this.#id, groupId, ...identity };
      const response = await this.#cluster.request({ transaction: this.#id }, addOffsetsToTxn, body);
      this.#check(response.errorCode, `offsets of group "${groupId}"`);
    });
  }

  commitOffsets(
    identity: ProducerIdentity,
    version: TransactionVersion,
    group: GroupMetadata,
    offsets: readonly OffsetToCommit[],
    wait: Wait,
  ): Promise<void> {
    const { groupId, memberId, generation, groupInstanceId } = group;
    const byKey = new Map(offsets.map((each) => [partitionKey(each), each]));
    const topics = groupByTopic(byKey.values()).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map((partition) => {
        const { offset, metadata } = byKey.get(partitionKey({ topic, partition })) ?? {
          offset: -1n,
          metadata: undefined,
        };
        return { partitionIndex: partition, committedOffset: Number(offset), committedMetadata: metadata ?? "" };
      }),
    }));
    const member = { memberId, groupInstanceId, generationIdOrMemberEpoch: generation };
    const common = { transactionalId: this.#id, groupId, ...identity, topics };
    const maxVersion = version === 2 ? undefined : lastOld.txnOffsetCommit;
    return this.#retried(`offsets of group "${groupId}"`, wait, async () => {
      // Before version 3 nobody asked who commits.
      const body = (each: number) => ({ ...common, ...(each >= 3 ? member : { memberId: "" }) });
      const response = await this.#cluster.request({ group: groupId }, txnOffsetCommit, body, { maxVersion });
      for (const { name: topic, partitions } of response.topics) {
        for (const { partitionIndex: partition, errorCode } of partitions) {
          const code = errorCodeOf(errorCode);
          if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE")
            this.#cluster.invalidateGroup(groupId);
          this.#check(errorCode, `offsets of group "${groupId}", ${partitionKey({ topic, partition })}`);
        }
      }
    });
  }

  /** Ends the transaction; resolves with who the producer is in the next one. `onUncertain` is called once it may have been carried out without an answer that says so. */
  end(
    identity: ProducerIdentity,
    version: TransactionVersion,
    committed: boolean,
    wait: Wait,
    onUncertain: () => void = () => {},
  ): Promise<ProducerIdentity> {
    const body = { transactionalId: this.#id, ...identity, committed };
    const maxVersion = version === 2 ? undefined : lastOld.endTxn;
    const what = committed ? "commit" : "abort";
    return this.#retried(what, wait, async () => {
      try {
        const options = { maxVersion, signal: wait.signal };
        const response = await this.#cluster.request({ transaction: this.#id }, endTxn, body, options);
        this.#check(response.errorCode, what);
        const { producerId, producerEpoch } = response;
        const isOther =
          producerId >= 0 && (producerId !== identity.producerId || producerEpoch !== identity.producerEpoch);
        return isOther ? { producerId, producerEpoch } : identity;
      } catch (error) {
        if (mayBeCarriedOut(error)) onUncertain();
        throw error;
      }
    });
  }

  /** @throws KafkaProtocolError */
  #check(errorCode: number, what: string): void {
    const code = errorCodeOf(errorCode);
    if (code === "NONE") return;
    const isElsewhere = code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE";
    if (isElsewhere) this.#cluster.invalidateTransaction(this.#id);
    throw new KafkaProtocolError(code, `transactional id "${this.#id}", ${what}`);
  }

  /** @throws what another try does not help against, KafkaTimeoutError at the deadline, the signal's reason */
  async #retried<T>(what: string, { deadline, signal }: Wait, attempt: () => Promise<T>): Promise<T> {
    const { clock, timers, random } = this.#world;
    for (let failures = 1; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!isRetriable(error)) throw error;
        const isConcurrent = error instanceof KafkaProtocolError && error.code === "CONCURRENT_TRANSACTIONS";
        const waitMs = backoffMs(isConcurrent ? concurrentBackoff : this.#settings.retryBackoff, failures, random);
        if (clock.monotonic() + waitMs >= deadline) {
          const context = `transactional id "${this.#id}", ${what}, after ${failures} attempts`;
          throw new KafkaTimeoutError("OPERATION_TIMEOUT", context, { cause: error });
        }
        await delay(timers, waitMs, signal);
      }
    }
  }
}

function mayBeCarriedOut(error: unknown): boolean {
  if (error instanceof KafkaConnectionError) return error.wasSent;
  if (error instanceof KafkaTimeoutError) return error.outcome === "unknown";
  // A coordinator whose own log did not take the end in time says so with these, and may have it all the same.
  if (!(error instanceof KafkaProtocolError) || error.code === "CONCURRENT_TRANSACTIONS") return false;
  return error.retriable || error.code === "UNKNOWN_SERVER_ERROR";
}
