import {
  errorCodeOf,
  heartbeat,
  joinGroup,
  KafkaProtocolError,
  leaveGroup,
  type ProtocolErrorCode,
  syncGroup,
} from "@ottla/protocol";
import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { CoordinatorLink, isTransient } from "../consumer/membership/coordinator-link.js";
import { backoffMs } from "../network/backoff.js";
import { delay } from "../world/delay.js";

/** How a member takes part in a group whose assignments mean something else than partitions. Times in milliseconds. */
export interface CoordinatedMemberOptions {
  readonly groupId: string;
  /** What the group is for: all members say the same. Consumers say `consumer`, Connect `connect`, schema registries `sr`. */
  readonly protocolType: string;
  /** What the member can do, best first, and what it tells the leader of the group about itself. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  /** After which the group forgets a member that is not heard of. Default 10,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long members may take to join again. Default 300,000. */
  readonly rebalanceTimeoutMs?: number | undefined;
  /** Default 3,000. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** The leader's part: what each member gets, by its id. */
  readonly assign: (members: readonly CoordinatedPeer[], protocol: string) => ReadonlyMap<string, Buffer>;
  /** What this member got. It holds until {@link CoordinatedMemberOptions.onLost}. */
  readonly onAssigned: (assignment: Uint8Array, memberId: string) => void;
  /** The assignment holds no longer: the group changes, or could not be reached for as long as a session. */
  readonly onLost: () => void;
  /** The group refused the member for good, with an error that no retry mends. */
  readonly onFailed: (error: unknown) => void;
}

/** A member as the leader of its group sees it. */
export interface CoordinatedPeer {
  readonly memberId: string;
  readonly metadata: Uint8Array;
}

const backoff = { baseMs: 100, maxMs: 1_000 };
/** A coordinator that answers nothing must not keep a process from ending. */
const leaveTimeoutMs = 5_000;
/** Answers after which the member joins again at once, as itself or as a new one. */
const rejoining: ReadonlySet<ProtocolErrorCode> = new Set([
  "REBALANCE_IN_PROGRESS",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
]);

interface Generation {
  readonly generationId: number;
  readonly memberId: string;
}

/** A member of a classic group of any protocol type: joins, beats, joins again, until it is closed. */
export class CoordinatedMember implements AsyncDisposable {
  readonly #world: ClientWorld;
  readonly #cluster: Pick<Cluster, "close" | "refresh">;
  readonly #link: CoordinatorLink;
  readonly #options: CoordinatedMemberOptions;
  readonly #sessionTimeoutMs: number;
  readonly #rebalanceTimeoutMs: number;
  readonly #heartbeatIntervalMs: number;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #memberId = "";
  #closing: Promise<void> | undefined;

  constructor(world: ClientWorld, cluster: Cluster, options: CoordinatedMemberOptions) {
    this.#world = world;
    this.#cluster = cluster;
    this.#link = new CoordinatorLink(cluster, options.groupId);
    this.#options = options;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000;
    this.#rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? 300_000;
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs ?? 3_000;
    this.#running = this.#run();
  }

  /** Leaves the group. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** As {@link CoordinatedMember.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#leave();
    await this.#cluster.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const generation = await this.#join(signal);
        if (generation !== undefined) {
          failures = 0;
          await this.#beat(generation, signal);
          this.#options.onLost();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!isTransient(error)) {
          this.#options.onFailed(error);
          return;
        }
        failures += 1;
        const waited = delay(this.#world.timers, backoffMs(backoff, failures, this.#world.random), signal);
        await waited.catch(() => {});
      }
    }
  }

  /** Answers undefined where it is to be tried again at once. */
  async #join(signal: AbortSignal): Promise<Generation | undefined> {
    const { groupId, protocolType, protocols, assign } = this.#options;
    const timeoutMs = this.#rebalanceTimeoutMs + 5_000;
    const joined = await this.#link.askHeld(
      joinGroup,
      {
        groupId,
        sessionTimeoutMs: this.#sessionTimeoutMs,
        rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupInstanceId: null,
        protocolType,
        reason: null,
        protocols: protocols.map(({ name, metadata }) => ({ name, metadata })),
      },
      { signal, timeoutMs },
    );
    // A broker gives a new member its id first (KIP-394).
    if (errorCodeOf(joined.errorCode) === "MEMBER_ID_REQUIRED") {
      this.#memberId = joined.memberId;
      return undefined;
    }
    if (this.#isToJoinAgain(joined.errorCode)) return undefined;
    const { memberId, generationId, protocolName } = joined;
    this.#memberId = memberId;
    const shares = joined.leader === memberId ? assign(joined.members, protocolName ?? "") : new Map<string, Buffer>();
    const synced = await this.#link.askHeld(
      syncGroup,
      {
        groupId,
        generationId,
        memberId,
        groupInstanceId: null,
        protocolType,
        protocolName,
        assignments: [...shares].map(([id, assignment]) => ({ memberId: id, assignment })),
      },
      { signal, timeoutMs },
    );
    if (this.#isToJoinAgain(synced.errorCode)) return undefined;
    this.#options.onAssigned(synced.assignment, memberId);
    return { memberId, generationId };
  }

  /** Resolves when the member is to join again. */
  async #beat({ memberId, generationId }: Generation, signal: AbortSignal): Promise<void> {
    const { groupId } = this.#options;
    let confirmed = this.#world.clock.monotonic();
    let waitMs = this.#heartbeatIntervalMs;
    while (!signal.aborted) {
      await delay(this.#world.timers, waitMs, signal);
      const asked = this.#world.clock.monotonic();
      try {
        const body = { groupId, generationId, memberId, groupInstanceId: null };
        const answer = await this.#link.askHeld(heartbeat, body, { signal, timeoutMs: this.#sessionTimeoutMs });
        if (this.#isToJoinAgain(answer.errorCode)) return;
        confirmed = asked;
        waitMs = this.#heartbeatIntervalMs;
      } catch (error) {
        if (signal.aborted || !isTransient(error)) throw error;
        // By then the group has given the member up, and its part to another.
        if (this.#world.clock.monotonic() - confirmed >= this.#sessionTimeoutMs) return;
        waitMs = Math.min(backoff.baseMs, this.#heartbeatIntervalMs);
      }
    }
  }

  /** @throws KafkaProtocolError for what is not mended by joining again. */
  #isToJoinAgain(errorCode: number): boolean {
    const code = errorCodeOf(errorCode);
    if (code === "NONE") return false;
    if (code === "UNKNOWN_MEMBER_ID") this.#memberId = "";
    if (rejoining.has(code)) return true;
    if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") this.#link.invalidate();
    throw new KafkaProtocolError(code, `group "${this.#options.groupId}"`);
  }

  async #leave(): Promise<void> {
    const memberId = this.#memberId;
    if (memberId === "") return;
    const tooLate = new AbortController();
    const timer = this.#world.timers.after(leaveTimeoutMs, () => tooLate.abort());
    try {
      const { groupId } = this.#options;
      const body = (version: number) =>
        version >= 3 ? { groupId, memberId: "", members: [{ memberId, reason: null }] } : { groupId, memberId };
      // Not behind a JoinGroup that the broker still holds: that goes another way, which needs the broker's address.
      await this.#cluster.refresh([], { signal: tooLate.signal });
      await this.#link.ask(leaveGroup, body, { signal: tooLate.signal });
    } catch {
      // Nothing depends on it: without it the group notices when the session ends.
    } finally {
      timer.cancel();
    }
  }
}
