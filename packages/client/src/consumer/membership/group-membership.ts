import {
  errorCodeOf,
  heartbeat,
  type JoinGroupResponse,
  joinGroup,
  leaveGroup,
  protocolErrors,
  syncGroup,
} from "@ottla/protocol";
import type { Timer } from "@ottla/world";
import type { ClientWorld, Cluster } from "../../cluster/cluster.js";
import { type Backoff, backoffMs } from "../../network/backoff.js";
import { delay } from "../../world/delay.js";
import type { PreviousAssignment } from "../assignors/assignor.js";
import { GroupMembershipError } from "../consumer-errors.js";
import type { ConsumerSettings } from "../consumer-options.js";
import { comparePartitions, type TopicPartition } from "../topic-partition.js";
import { CoordinatorLink, isTransient } from "./coordinator-link.js";
import { assignmentsOf, decodeAssignment, encodeSubscription, membersOf, partitionCounts } from "./leader.js";
import { MemberLife } from "./member-life.js";
import {
  isBeating,
  isBetweenGenerations,
  type MembershipEffect,
  type MembershipEvent,
  type MembershipState,
  outside,
  step,
} from "./membership-state.js";
import { untilLeft } from "./until-left.js";

/** What a membership does to the consumer it is of. */
export interface MembershipHost {
  assign(partitions: readonly TopicPartition[]): void;
  /** Resolves when their records are handled and committed, or the time for that is up. Never rejects. */
  revoke(partitions: readonly TopicPartition[]): Promise<void>;
  lose(partitions: readonly TopicPartition[]): void;
  /** The membership is over, or cannot begin. */
  fail(error: unknown): void;
}

type Effect<K extends MembershipEffect["kind"]> = Extract<MembershipEffect, { kind: K }>;

const protocolType = "consumer";
const retryBackoff: Backoff = { baseMs: 100, maxMs: 1_000 };
const watchIntervalMs = 5_000;

/** A member of a classic group: runs what the state machine asks for, and tells it what came of it. */
export class GroupMembership {
  readonly link: CoordinatorLink;
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #host: MembershipHost;
  readonly #protocol: "eager" | "cooperative";
  readonly #life: MemberLife;
  #state: MembershipState = outside;
  /** What the group agreed on when it was last joined. */
  #protocolName: string | null = null;
  /** For assignors that keep it as it was. */
  #had: PreviousAssignment | undefined;
  #leaveReason = "the consumer is closed";
  #assignments: { readonly memberId: string; readonly assignment: Buffer }[] = [];
  /** What the members of the group read, which this leader divided, and its partitions; undefined while another leads. */
  #divided: { readonly topics: readonly string[]; readonly counts: ReadonlyMap<string, number> } | undefined;
  /** Whether the group was told other topics than those of the settings. */
  #isSubscriptionOld = false;
  #heartbeatTimer: Timer | undefined;
  #watchTimer: Timer | undefined;

  constructor(world: ClientWorld, cluster: Cluster, settings: ConsumerSettings, host: MembershipHost) {
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#host = host;
    this.#life = new MemberLife(world, (error) => host.fail(error));
    this.link = new CoordinatorLink(cluster, settings.groupId);
    this.#protocol = settings.assignors.every(({ protocol }) => protocol === "cooperative") ? "cooperative" : "eager";
  }

  /** How the group knows this member, for commits; undefined while it does not. */
  get identity(): { readonly memberId: string; readonly generation: number } | undefined {
    const state = this.#state;
    if (state.kind === "outside" || state.kind === "ended" || state.generation < 0) return undefined;
    return { memberId: state.memberId, generation: state.generation };
  }

  /** Where the membership stands: the name of the state. */
  get status(): MembershipState["kind"] {
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

  /** The topics of the settings have changed: joins again to say so, as soon as it can. */
  subscriptionChanged(): void {
    this.#isSubscriptionOld = true;
    this.#resubscribe();
  }

  /** The coordinator refused a commit of `generation`. Answers whether one by a later generation may do. */
  disowned(generation: number, code: Extract<MembershipEvent, { kind: "disowned" }>["code"]): boolean {
    if (code === "ILLEGAL_GENERATION" && isBetweenGenerations(this.#state, generation)) return true;
    this.#dispatch({ kind: "disowned", generation, code });
    return false;
  }

  /** Leaves and gives everything up, until started again. */
  pollTimedOut(): void {
    this.#leaveReason = "the application did not ask for the next record in time";
    this.#dispatch({ kind: "pollTimedOut" });
    this.#leaveReason = "the consumer is closed";
  }

  /** Gives everything up, then leaves for good. Resolves when that is done, or could not be done in time. */
  async close(): Promise<void> {
    this.#dispatch({ kind: "leave" });
    await this.#life.over();
  }

  #dispatch(event: MembershipEvent): void {
    const [state, effects] = step(this.#state, event, this.#protocol);
    this.#state = state;
    if (isBeating(state)) this.#heartbeatTimer ??= this.#beatLater(this.#settings.heartbeatIntervalMs);
    for (const effect of effects) this.#run(effect);
    this.#resubscribe();
    if (this.#state.kind === "ended") {
      this.#heartbeatTimer?.cancel();
      this.#watchTimer?.cancel();
      this.#life.end();
    }
  }

  #resubscribe(): void {
    if (!this.#isSubscriptionOld || this.#state.kind !== "stable") return;
    this.#isSubscriptionOld = false;
    this.#dispatch({ kind: "subscriptionChanged" });
  }

  #run(effect: MembershipEffect): void {
    switch (effect.kind) {
      case "join":
        this.#life.track(this.#join(effect));
        break;
      case "sync":
        this.#life.track(this.#sync(effect));
        break;
      case "revoke":
        this.#life.track(this.#revoke(effect));
        break;
      case "assign":
        this.#watch(0);
        this.#host.assign(effect.partitions);
        break;
      case "lose":
        this.#host.lose(effect.partitions);
        break;
      case "leave":
        this.#life.track(this.#leave(effect.memberId, this.#leaveReason));
        break;
      case "fail":
        this.#host.fail(new GroupMembershipError(effect.code, this.#settings.groupId));
        break;
    }
  }

  async #revoke({ round, partitions }: Effect<"revoke">): Promise<void> {
    await this.#host.revoke(partitions);
    this.#dispatch({ kind: "revoked", round });
  }

  /** Runs one question to the coordinator; what may pass by itself becomes the event `failed`. */
  async #attempt(doing: string, round: number, ask: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await ask(this.#life.signal);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (!isTransient(error)) throw error;
      this.#settings.onEvent({ kind: "retrying", doing, error });
      this.#dispatch({ kind: "failed", round });
    }
  }

  async #join({ round, memberId, generation, owned, failures }: Effect<"join">): Promise<void> {
    const { groupInstanceId, assignors, sessionTimeoutMs, rebalanceTimeoutMs, topics, rack } = this.#settings;
    const { signal } = this.#life;
    if (failures > 0) await delay(this.#world.timers, backoffMs(retryBackoff, failures, this.#world.random), signal);
    if (this.#state.round !== round) return;
    this.#isSubscriptionOld = false;
    const had = this.#had;
    const subscription = {
      topics: [...topics.keys()],
      owned: [...owned].sort(comparePartitions),
      generation,
      had,
      rack,
    };
    const reason = generation < 0 ? "the consumer joins" : "the consumer joins again";
    await this.#attempt(`join group "${this.#settings.groupId}"`, round, async () => {
      const response = await this.link.askHeld(
        joinGroup,
        {
          groupId: this.#settings.groupId,
          sessionTimeoutMs,
          rebalanceTimeoutMs,
          memberId,
          groupInstanceId,
          protocolType,
          reason,
          protocols: assignors.map((assignor) => ({
            name: assignor.name,
            metadata: encodeSubscription(assignor, subscription),
          })),
        },
        // The broker answers when all members have come, which may take them the rebalance timeout.
        { signal, timeoutMs: rebalanceTimeoutMs + 5_000 },
      );
      if (this.#refused(round, response.errorCode, response.memberId)) return;
      this.#life.confirm();
      this.#protocolName = response.protocolName;
      this.#assignments = await this.#divide(response, signal);
      this.#dispatch({ kind: "joined", round, memberId: response.memberId, generation: response.generationId });
    });
  }

  /** The leader's part: everybody's assignment. Nobody else's list of members holds anybody. */
  async #divide(response: JoinGroupResponse, signal: AbortSignal) {
    this.#divided = undefined;
    if (response.leader !== response.memberId) return [];
    const assignor = this.#settings.assignors.find(({ name }) => name === response.protocolName);
    if (assignor === undefined) throw new GroupMembershipError("INCONSISTENT_GROUP_PROTOCOL", this.#settings.groupId);
    const members = membersOf(response, assignor);
    const topics = [...new Set(members.flatMap((member) => member.topics))];
    const counts = await partitionCounts(this.#cluster, topics, signal);
    this.#divided = { topics, counts };
    // A static leader that came back finds the group as it was, and must leave it so (KIP-814).
    return response.skipAssignment ? [] : assignmentsOf(assignor, members, counts);
  }

  async #sync({ round, memberId, generation }: Effect<"sync">): Promise<void> {
    await this.#attempt(`sync group "${this.#settings.groupId}"`, round, async (signal) => {
      const response = await this.link.askHeld(
        syncGroup,
        {
          groupId: this.#settings.groupId,
          generationId: generation,
          memberId,
          groupInstanceId: this.#settings.groupInstanceId,
          // Since version 5 a broker refuses who does not say these.
          protocolType,
          protocolName: this.#protocolName,
          assignments: this.#assignments,
        },
        { signal, timeoutMs: this.#settings.rebalanceTimeoutMs + 5_000 },
      );
      if (this.#refused(round, response.errorCode, memberId)) return;
      this.#life.confirm();
      const assigned = decodeAssignment(response.assignment);
      const known = assigned.filter(({ topic }) => this.#settings.topics.has(topic));
      this.#had = { partitions: known, generation };
      this.#dispatch({ kind: "synced", round, assigned: known.sort(comparePartitions) });
    });
  }

  #refused(round: number, errorCode: number, memberId: string): boolean {
    const code = errorCodeOf(errorCode);
    if (code === "NONE") return false;
    if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") this.link.invalidate();
    const { retriable } = protocolErrors[code];
    this.#dispatch(retriable ? { kind: "failed", round } : { kind: "refused", round, code, memberId });
    return true;
  }

  async #leave(memberId: string, reason: string): Promise<void> {
    const { groupId, groupInstanceId } = this.#settings;
    // A static member that stops is expected back; its partitions wait for it until the session ends.
    if (groupInstanceId !== null) return;
    const body = (version: number) =>
      version >= 3 ? { groupId, memberId: "", members: [{ memberId, reason }] } : { groupId, memberId };
    await untilLeft(this.#world, this.#cluster, this.link, this.#settings, (signal) =>
      this.link.ask(leaveGroup, body, { signal }),
    );
  }

  #beatLater(delayMs: number): Timer {
    return this.#world.timers.after(delayMs, () => this.#life.track(this.#beat()));
  }

  async #beat(): Promise<void> {
    const state = this.#state;
    this.#heartbeatTimer = undefined;
    // Between generations nobody expects one; the next generation starts the timer again.
    if (!isBeating(state)) return;
    const { groupId, groupInstanceId, heartbeatIntervalMs, sessionTimeoutMs } = this.#settings;
    const { memberId, generation } = state;
    let nextMs = heartbeatIntervalMs;
    try {
      const response = await this.link.ask(
        heartbeat,
        { groupId, generationId: generation, memberId, groupInstanceId },
        { signal: this.#life.signal, timeoutMs: sessionTimeoutMs },
      );
      const code = errorCodeOf(response.errorCode);
      if (code === "NONE" || code === "REBALANCE_IN_PROGRESS") this.#life.confirm();
      if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") {
        this.link.invalidate();
        nextMs = retryBackoff.baseMs;
      } else if (code !== "NONE") {
        this.#dispatch({ kind: "disowned", generation, code });
      }
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (!isTransient(error)) throw error;
      this.#settings.onEvent({ kind: "retrying", doing: `heartbeat to group "${groupId}"`, error });
      nextMs = Math.min(heartbeatIntervalMs, retryBackoff.maxMs);
    }
    if (isBeating(this.#state)) this.#heartbeatTimer ??= this.#beatLater(nextMs);
  }

  /** The leader looks whether what it divided has changed, also where it reads none of it: partitions were added, a topic came. */
  #watch(failures: number): void {
    this.#watchTimer?.cancel();
    const divided = this.#divided;
    if (divided === undefined) return;
    const isMissing = divided.topics.some((topic) => !divided.counts.has(topic));
    const delayMs = isMissing ? Math.min(watchIntervalMs, 100 * 2 ** failures) : watchIntervalMs;
    this.#watchTimer = this.#world.timers.after(delayMs, () => this.#life.track(this.#look(failures)));
  }

  async #look(failures: number): Promise<void> {
    const divided = this.#divided;
    if (divided === undefined || this.#state.kind === "ended") return;
    const { topics } = divided;
    try {
      const counts = await partitionCounts(this.#cluster, topics, this.#life.signal);
      if (this.#divided !== divided) return;
      const hasChanged = topics.some((topic) => counts.get(topic) !== divided.counts.get(topic));
      if (hasChanged) this.#dispatch({ kind: "subscriptionChanged" });
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (!isTransient(error)) throw error;
      this.#settings.onEvent({ kind: "retrying", doing: "look for new partitions", error });
    }
    if (this.#divided === divided) this.#watch(failures + 1);
  }
}
