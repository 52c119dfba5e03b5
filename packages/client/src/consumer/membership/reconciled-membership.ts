import {
  type ConsumerGroupHeartbeatRequestInput,
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeat,
  errorCodeOf,
  KafkaProtocolError,
  type ProtocolErrorCode,
  zeroUuid,
} from "@ottla/protocol";
import type { Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import { GroupMembershipError } from "../consumer-errors.js";
import type { ConsumerSettings } from "../consumer-options.js";
import { comparePartitions, groupByTopic, type TopicPartition } from "../topic-partition.js";
import { CoordinatorLink, isTransient } from "./coordinator-link.js";
import type { MembershipHost } from "./group-membership.js";
import { MemberLife } from "./member-life.js";
import type { MembershipState } from "./membership-state.js";
import {
  heldBy,
  isMember,
  notAMember,
  type ReconciliationEffect,
  type ReconciliationEvent,
  type ReconciliationState,
  reconcile,
} from "./reconciliation-state.js";
import { untilLeft } from "./until-left.js";

type Assigned = NonNullable<ConsumerGroupHeartbeatResponse["assignment"]>["topicPartitions"];
/** What a heartbeat says of its member; what has not changed since the one before is left out. */
type Told = Pick<ConsumerGroupHeartbeatRequestInput, "subscribedTopicNames" | "topicPartitions">;

const leaving = { dynamic: -1, static: -2 } as const;
const retryBackoff = { baseMs: 100, maxMs: 1_000 };
/** How much longer than a session the one before may keep its name: then it is not one that has died. */
const unreleasedMarginMs = 15_000;

/**
 * A member of a group whose coordinator divides the partitions (KIP-848): heartbeats carry everything. It has what it is told to have,
 * less what it has to give up first, and says so as soon as it has given it up.
 */
export class ReconciledMembership {
  readonly link: CoordinatorLink;
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #host: MembershipHost;
  readonly #life: MemberLife;
  /** Its own choice, kept as long as the consumer is. */
  readonly #memberId: string;
  #state: ReconciliationState = notAMember;
  /** What the coordinator knows of the member; undefined when that is not sure, and it is told everything. */
  #told: Told | undefined;
  /** What the coordinator wants it to have. */
  #target: Assigned | undefined;
  readonly #topicIds = new Map<string, string>();
  #isResolving = false;
  #isAsking = false;
  #mustBeat = false;
  #timer: Timer | undefined;
  #failures = 0;
  #unreleasedSince: number | undefined;

  constructor(world: ClientWorld, cluster: Cluster, settings: ConsumerSettings, host: MembershipHost) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#life = new MemberLife(world, (error) => host.fail(error));
    this.#memberId = Buffer.from(world.random.bytes(16)).toString("base64url");
    this.link = new CoordinatorLink(cluster, settings.groupId, () => this.identity);
  }

  /** How the group knows this member, for commits; undefined while it does not. The generation is the member's epoch. */
  get identity(): { readonly memberId: string; readonly generation: number } | undefined {
    const state = this.#state;
    if (!isMember(state) || state.epoch === 0) return undefined;
    return { memberId: this.#memberId, generation: state.epoch };
  }

  get status(): Exclude<MembershipState["kind"], "syncing"> {
    return this.#state.kind;
  }

  /** When the group last said that it knows this member, or there was none to be known, in monotonic time. */
  get confirmedAt(): number {
    return this.#life.confirmedAt;
  }

  /** Joins, if outside. */
  start(): void {
    if (this.#state.kind === "outside") this.#life.confirm();
    this.#dispatch({ kind: "start" });
  }

  /** The topics of the settings have changed. */
  subscriptionChanged(): void {
    this.#dispatch({ kind: "subscriptionChanged" });
  }

  /** The coordinator refused a commit under an epoch: the next heartbeat says why. */
  disowned(epoch: number, _code: ProtocolErrorCode): boolean {
    this.#dispatch({ kind: "disowned", epoch });
    return false;
  }

  /** Leaves and gives everything up, until started again. */
  pollTimedOut(): void {
    this.#dispatch({ kind: "pollTimedOut" });
  }

  /** Gives everything up, then leaves for good. Resolves when that is done, or could not be done in time. */
  async close(): Promise<void> {
    this.#dispatch({ kind: "leave" });
    await this.#life.over();
  }

  #dispatch(event: ReconciliationEvent, cause?: unknown): void {
    const { life } = this.#state;
    const [state, effects] = reconcile(this.#state, event);
    this.#state = state;
    if (state.life !== life) {
      this.#told = undefined;
      this.#target = undefined;
    }
    if (!isMember(state)) this.#timer?.cancel();
    for (const effect of effects) this.#run(effect, cause);
    if (state.kind === "ended") {
      this.#life.end();
    }
  }

  #run(effect: ReconciliationEffect, cause: unknown): void {
    switch (effect.kind) {
      case "beat":
        this.#beatNow();
        break;
      case "revoke":
        this.#life.track(this.#revoke(effect.life, effect.turn, effect.partitions));
        break;
      case "assign":
        this.#host.assign([...effect.partitions].sort(comparePartitions));
        break;
      case "lose":
        this.#host.lose(effect.partitions);
        break;
      case "leave":
        this.#life.track(this.#leave());
        break;
      case "fail":
        this.#host.fail(new GroupMembershipError(effect.code, this.#settings.groupId, { cause }));
        break;
    }
  }

  async #revoke(life: number, turn: number, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#host.revoke(partitions);
    this.#dispatch({ kind: "revoked", life, turn });
  }

  #beatNow(): void {
    this.#timer?.cancel();
    this.#mustBeat = this.#isAsking;
    if (!this.#isAsking) this.#life.track(this.#beat());
  }

  async #beat(): Promise<void> {
    const { life } = this.#state;
    this.#isAsking = true;
    let nextMs = 0;
    try {
      nextMs = await this.#ask();
    } catch (error) {
      if (this.#life.signal.aborted) return;
      this.#told = undefined;
      if (isTransient(error)) nextMs = this.#backOff(error);
      else if (error instanceof KafkaProtocolError) this.#dispatch({ kind: "refused", life, code: error.code }, error);
      else throw error;
    } finally {
      this.#isAsking = false;
    }
    if (!isMember(this.#state)) return;
    if (this.#mustBeat) this.#beatNow();
    else this.#timer = this.#world.timers.after(nextMs, () => this.#beatNow());
  }

  /** One heartbeat. Answers when the next is due. @throws what the coordinator says, or that it says nothing */
  async #ask(): Promise<number> {
    const state = this.#state;
    if (!isMember(state)) return 0;
    const { groupId, groupInstanceId: instanceId, rebalanceTimeoutMs, serverAssignor, rack } = this.#settings;
    const told = this.#toTell();
    const isKnown = (field: keyof Told) => JSON.stringify(told[field]) === JSON.stringify(this.#told?.[field]);
    const identity = { groupId, memberId: this.#memberId, memberEpoch: state.epoch, instanceId };
    const news = {
      ...(this.#told === undefined && { rebalanceTimeoutMs, serverAssignor, rackId: rack || null }),
      ...(!isKnown("subscribedTopicNames") && { subscribedTopicNames: told.subscribedTopicNames ?? [] }),
      ...(!isKnown("topicPartitions") && { topicPartitions: told.topicPartitions ?? [] }),
    };
    const body = (version: number) => {
      // In version 0, of early access, coordinators made the members' ids.
      if (version > 0) return { ...identity, ...news };
      throw new KafkaProtocolError("UNSUPPORTED_VERSION", "ConsumerGroupHeartbeat: the broker has version 0 only");
    };
    const { signal } = this.#life;
    const response = await this.link.ask(consumerGroupHeartbeat, body, { signal });
    if (this.#state.life !== state.life) return 0;
    const code = errorCodeOf(response.errorCode);
    if (code !== "NONE") return this.#refused(state.life, code, response.errorMessage);
    this.#life.confirm();
    this.#failures = 0;
    this.#unreleasedSince = undefined;
    this.#told = told;
    this.#dispatch({ kind: "answered", life: state.life, epoch: response.memberEpoch });
    if (response.assignment !== null) {
      this.#target = response.assignment.topicPartitions;
      if (!this.#isResolving) this.#life.track(this.#resolve());
    }
    return response.heartbeatIntervalMs;
  }

  #toTell(): Told {
    return {
      subscribedTopicNames: [...this.#settings.topics.keys()].sort(),
      topicPartitions: groupByTopic(heldBy(this.#state)).map(({ topic, partitions }) => ({
        topicId: this.#topicIds.get(topic) ?? zeroUuid,
        partitions,
      })),
    };
  }

  #refused(life: number, code: ProtocolErrorCode, message: string | null): number {
    const error = new KafkaProtocolError(code, message ?? `heartbeat to group "${this.#settings.groupId}"`);
    this.#told = undefined;
    if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") this.link.invalidate();
    if (error.retriable || this.#mayBeReleased(code)) return this.#backOff(error);
    this.#dispatch({ kind: "refused", life, code }, error);
    return 0;
  }

  /** Whether the one who has the name of this static member may be dead, and is only not yet missed. */
  #mayBeReleased(code: ProtocolErrorCode): boolean {
    if (code !== "UNRELEASED_INSTANCE_ID") return false;
    const now = this.#world.clock.monotonic();
    this.#unreleasedSince ??= now;
    return now - this.#unreleasedSince < this.#settings.sessionTimeoutMs + unreleasedMarginMs;
  }

  #backOff(error: unknown): number {
    this.#failures += 1;
    this.#settings.onEvent({ kind: "retrying", doing: `heartbeat to group "${this.#settings.groupId}"`, error });
    return backoffMs(retryBackoff, this.#failures, this.#world.random);
  }

  /** Finds the names of what the coordinator wants, which it knows by ids; what has no name yet comes when it has. */
  async #resolve(): Promise<void> {
    this.#isResolving = true;
    try {
      for (let failures = 0; this.#resolveOnce(); failures += 1) {
        const { signal } = this.#life;
        await this.#cluster.refresh([...this.#settings.topics.keys()], { signal }).catch((error: unknown) => {
          if (!signal.aborted) this.#settings.onEvent({ kind: "retrying", doing: "find topics by their ids", error });
        });
        if (failures > 0) {
          await delay(this.#world.timers, backoffMs(retryBackoff, failures, this.#world.random), signal);
        }
      }
    } finally {
      this.#isResolving = false;
    }
  }

  /** Answers whether something is left that has no name yet. */
  #resolveOnce(): boolean {
    const target = this.#target;
    if (target === undefined || !isMember(this.#state)) return false;
    const partitions: TopicPartition[] = [];
    let isComplete = true;
    for (const { topicId, partitions: numbers } of target) {
      const topic = this.#cluster.topicNameOf(topicId);
      if (topic === undefined) isComplete = false;
      else if (this.#settings.topics.has(topic)) {
        this.#topicIds.set(topic, topicId);
        for (const partition of numbers) partitions.push({ topic, partition });
      }
    }
    this.#dispatch({ kind: "assigned", life: this.#state.life, partitions });
    return !isComplete;
  }

  async #leave(): Promise<void> {
    const { groupId, groupInstanceId: instanceId } = this.#settings;
    // A static member that stops is expected back; its partitions wait for it until the session ends.
    const memberEpoch = instanceId === null ? leaving.dynamic : leaving.static;
    const body = { groupId, memberId: this.#memberId, memberEpoch, instanceId };
    await untilLeft(this.#world, this.#cluster, this.link, this.#settings, (signal) =>
      this.link.ask(consumerGroupHeartbeat, body, { signal }),
    );
  }
}
