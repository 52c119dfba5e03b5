import { errorCodeOf, KafkaProtocolError, offsetCommit, type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import type { Timer } from "@ottla/world";
import type { ClientWorld } from "../../cluster/cluster.js";
import { KafkaTimeoutError } from "../../errors/kafka-timeout-error.js";
import { channels, traced } from "../../telemetry/channels.js";
import { delay } from "../../world/delay.js";
import type { ConsumerSettings } from "../consumer-options.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import type { Membership } from "../manual-membership.js";
import { isTransient } from "../membership/coordinator-link.js";
import { groupByTopic, partitionKey } from "../topic-partition.js";

const commitTimeoutMs = 10_000;
const retryMs = 100;

/** Commits what is done: now and then, and before a partition is given up. One commit at a time, so that none overtakes. */
export class Committer {
  readonly #world: ClientWorld;
  readonly #settings: ConsumerSettings;
  readonly #membership: Membership;
  readonly #partitions: () => Iterable<AssignedPartition>;
  #last: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #isStopped = false;
  /** Records done since the last commit began. */
  #doneSince = 0;

  constructor(
    world: ClientWorld,
    settings: ConsumerSettings,
    membership: Membership,
    partitions: () => Iterable<AssignedPartition>,
  ) {
    this.#world = world;
    this.#settings = settings;
    this.#membership = membership;
    this.#partitions = partitions;
  }

  /** Begins to commit at the interval, unless others commit. */
  start(): void {
    if (this.#timer !== undefined || this.#isStopped || !this.#settings.autoCommits) return;
    this.#timer = this.#world.timers.after(this.#settings.autoCommitIntervalMs, () => {
      void this.#inTurn(() => this.#commitOnce([...this.#partitions()])).then(() => {
        this.#timer = undefined;
        this.start();
      });
    });
  }

  /** A record is done: one of those after which there is a commit. */
  noteDone(): void {
    const { autoCommits, autoCommitCount } = this.#settings;
    this.#doneSince += 1;
    if (this.#doneSince < autoCommitCount || !autoCommits || this.#isStopped) return;
    this.#doneSince = 0;
    void this.#inTurn(() => this.#commitOnce([...this.#partitions()]));
  }

  /**
   * Commits what is done now, again and again until it is. @throws KafkaProtocolError with the coordinator's refusal, KafkaTimeoutError,
   * KafkaConnectionError.
   */
  async commitNow(): Promise<void> {
    const { clock, timers } = this.#world;
    const deadline = clock.monotonic() + commitTimeoutMs;
    const refusals: KafkaProtocolError[] = [];
    const work = this.#last.then(async () => {
      while (!(await this.#commitOnce([...this.#partitions()], deadline - clock.monotonic(), refusals))) {
        if (clock.monotonic() + retryMs >= deadline) {
          throw new KafkaTimeoutError("OPERATION_TIMEOUT", `commit of group "${this.#settings.groupId}"`);
        }
        await delay(timers, retryMs);
      }
    });
    this.#last = work.catch(() => {});
    await work;
    const [refusal] = refusals;
    if (refusal !== undefined) throw refusal;
  }

  /** Resolves when no commit is under way, and none will follow. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#last;
  }

  /** Commits what is done of these partitions, again and again until it is, or cannot be, or `timeoutMs` are over, unless others commit. Never rejects. */
  async commit(partitions: readonly AssignedPartition[], timeoutMs: number): Promise<void> {
    if (!this.#settings.autoCommits) return;
    const { clock, timers } = this.#world;
    const deadline = clock.monotonic() + timeoutMs;
    await this.#inTurn(async () => {
      while (!(await this.#commitOnce(partitions, deadline - clock.monotonic()))) {
        if (clock.monotonic() + retryMs >= deadline) {
          const what = `last commit of group "${this.#settings.groupId}" before partitions are given up`;
          this.#settings.onEvent({ kind: "commitFailed", error: new KafkaTimeoutError("OPERATION_TIMEOUT", what) });
          return;
        }
        await delay(timers, retryMs);
      }
    });
  }

  #inTurn(work: () => Promise<unknown>): Promise<void> {
    this.#last = this.#last.then(work).then(
      () => {},
      (error: unknown) => this.#settings.onEvent({ kind: "commitFailed", error }),
    );
    return this.#last;
  }

  /** Answers whether nothing is left that another try could commit. */
  async #commitOnce(
    partitions: readonly AssignedPartition[],
    timeoutMs = commitTimeoutMs,
    refusals: KafkaProtocolError[] = [],
  ): Promise<boolean> {
    const { identity, link } = this.#membership;
    this.#doneSince = 0;
    const offsets = new Map<string, { readonly partition: AssignedPartition; readonly offset: number }>();
    for (const partition of partitions) {
      const offset = partition.isAssigned ? partition.uncommitted : undefined;
      if (offset !== undefined) offsets.set(partitionKey(partition), { partition, offset });
    }
    if (offsets.size === 0 || identity === undefined) return true;
    const { groupId, groupInstanceId, onEvent } = this.#settings;
    const topics = groupByTopic([...offsets.values()].map(({ partition }) => partition)).map(
      ({ topic, partitions: numbers }) => ({
        name: topic,
        partitions: numbers.map((partitionIndex) => {
          const committed = offsets.get(partitionKey({ topic, partition: partitionIndex }));
          const committedOffset = committed?.offset ?? 0;
          const committedLeaderEpoch = committed?.partition.leaderEpochBefore(committedOffset) ?? -1;
          return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata: "" };
        }),
      }),
    );
    const { memberId, generation } = identity;
    const tooLate = new AbortController();
    const late = new KafkaTimeoutError("OPERATION_TIMEOUT", `commit of group "${groupId}"`);
    const timer = this.#world.timers.after(Math.max(1, timeoutMs), () => tooLate.abort(late));
    try {
      const ask = () =>
        link.ask(
          offsetCommit,
          { groupId, generationIdOrMemberEpoch: generation, memberId, groupInstanceId, topics },
          // From version 10 on topics go by their ids; names are all that a contract has.
          { signal: tooLate.signal, maxVersion: 9 },
        );
      const told = () => ({
        groupId,
        offsets: [...offsets.values()].map(({ partition: { topic, partition }, offset }) => {
          return { topic, partition, offset: BigInt(offset) };
        }),
      });
      const { commit } = channels;
      const response = await (commit.hasSubscribers ? traced(commit, this.#world.clock, told(), ask) : ask());
      let isOver = true;
      for (const { name: topic, partitions: answers } of response.topics) {
        for (const { partitionIndex, errorCode } of answers) {
          const committed = offsets.get(partitionKey({ topic, partition: partitionIndex }));
          if (committed === undefined) continue;
          const code = errorCodeOf(errorCode);
          if (code === "NONE") committed.partition.committed = committed.offset;
          else if (!this.#refused(committed, code, generation, refusals)) isOver = false;
        }
      }
      return isOver;
    } catch (error) {
      if (!isTransient(error)) throw error;
      onEvent({ kind: "retrying", doing: `commit of group "${groupId}"`, error });
      return false;
    } finally {
      timer.cancel();
    }
  }

  /** Answers whether trying again is of no use. */
  #refused(
    { partition, offset }: { partition: AssignedPartition; offset: number },
    code: ProtocolErrorCode,
    generation: number,
    refusals: KafkaProtocolError[],
  ): boolean {
    const where = `commit of group "${this.#settings.groupId}", ${partitionKey(partition)}, offset ${offset}`;
    const error = new KafkaProtocolError(code, where);
    if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") this.#membership.link.invalidate();
    // The members are being told their partitions: the coordinator takes commits again when they have been.
    // So it does under a member epoch that came while the commit was on its way.
    if (protocolErrors[code].retriable || code === "REBALANCE_IN_PROGRESS" || code === "STALE_MEMBER_EPOCH") {
      this.#settings.onEvent({ kind: "retrying", doing: where, error });
      return false;
    }
    const isDisowned = code === "ILLEGAL_GENERATION" || code === "UNKNOWN_MEMBER_ID" || code === "FENCED_INSTANCE_ID";
    if (isDisowned && this.#membership.disowned(generation, code)) {
      this.#settings.onEvent({ kind: "retrying", doing: where, error });
      return false;
    }
    refusals.push(error);
    this.#settings.onEvent({ kind: "commitFailed", error });
    return true;
  }
}
