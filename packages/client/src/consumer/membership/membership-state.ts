import { type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import { type TopicPartition, without } from "../topic-partition.js";

/** What a member is towards its group. `owned` are the partitions it reads; `round` tells answers to old questions apart. */
export type MembershipState =
  /** Outside, and not trying to get in. */
  | { readonly kind: "outside"; readonly round: number }
  /** Giving up `revoking`; what comes then is in `next`. */
  | {
      readonly kind: "revoking";
      readonly round: number;
      readonly memberId: string;
      readonly generation: number;
      readonly owned: readonly TopicPartition[];
      readonly revoking: readonly TopicPartition[];
      readonly next: "join" | "leave";
      /** The round of a JoinGroup whose answer is still to come: the coordinator may be a generation ahead of `generation`. */
      readonly joining?: number;
    }
  /** JoinGroup is under way. Cooperative members go on reading what they own. */
  | {
      readonly kind: "joining";
      readonly round: number;
      readonly memberId: string;
      readonly generation: number;
      readonly owned: readonly TopicPartition[];
      readonly failures: number;
    }
  /** SyncGroup is under way. */
  | {
      readonly kind: "syncing";
      readonly round: number;
      readonly memberId: string;
      readonly generation: number;
      readonly owned: readonly TopicPartition[];
    }
  | {
      readonly kind: "stable";
      readonly round: number;
      readonly memberId: string;
      readonly generation: number;
      readonly owned: readonly TopicPartition[];
    }
  /** For good: it left, or the group refused it. */
  | { readonly kind: "ended"; readonly round: number };

export type MembershipEvent =
  | { readonly kind: "start" }
  | { readonly kind: "joined"; readonly round: number; readonly memberId: string; readonly generation: number }
  | { readonly kind: "synced"; readonly round: number; readonly assigned: readonly TopicPartition[] }
  /** JoinGroup or SyncGroup was answered with an error; `memberId` is the one that a broker gives with error 79. */
  | { readonly kind: "refused"; readonly round: number; readonly code: ProtocolErrorCode; readonly memberId: string }
  /** JoinGroup or SyncGroup was not answered, or by one that is not the coordinator. */
  | { readonly kind: "failed"; readonly round: number }
  /** The shell has given up what a `revoke` effect named. */
  | { readonly kind: "revoked"; readonly round: number }
  /** A heartbeat or commit of `generation` was answered with an error. */
  | { readonly kind: "disowned"; readonly generation: number; readonly code: ProtocolErrorCode }
  /** What the group subscribes to has changed: partitions were added, a topic appeared. */
  | { readonly kind: "subscriptionChanged" }
  /** The application has not asked for records for too long. */
  | { readonly kind: "pollTimedOut" }
  | { readonly kind: "leave" };

export type MembershipEffect =
  | {
      readonly kind: "join";
      readonly round: number;
      readonly memberId: string;
      readonly generation: number;
      readonly owned: readonly TopicPartition[];
      /** Failures in a row before this one: it waits its backoff. */
      readonly failures: number;
    }
  | { readonly kind: "sync"; readonly round: number; readonly memberId: string; readonly generation: number }
  /** Stop reading these, let handlers finish, commit; answer with `revoked`. */
  | { readonly kind: "revoke"; readonly round: number; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: "assign"; readonly partitions: readonly TopicPartition[] }
  /** Stop reading these at once: they are others'. */
  | { readonly kind: "lose"; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: "leave"; readonly memberId: string }
  | { readonly kind: "fail"; readonly code: ProtocolErrorCode };

export const outside: MembershipState = { kind: "outside", round: 0 };

/** Whether the coordinator expects heartbeats: not before there is a generation, nor while it holds a JoinGroup. */
export function isBeating(
  state: MembershipState,
): state is Extract<MembershipState, { kind: "revoking" | "syncing" | "stable" }> {
  return (state.kind === "revoking" || state.kind === "syncing" || state.kind === "stable") && state.generation >= 0;
}

/** Whether the coordinator may know the member under a later generation than this one, of which the member is yet to be told. */
export function isBetweenGenerations(state: MembershipState, generation: number): boolean {
  if (state.kind === "outside" || state.kind === "ended") return false;
  return state.kind === "joining" || state.generation > generation || isAwaitingJoin(state);
}

type Step = readonly [MembershipState, readonly MembershipEffect[]];
type Inside = Exclude<MembershipState, { kind: "outside" | "ended" }>;
type Revoking = Extract<MembershipState, { kind: "revoking" }>;

const isAwaitingJoin = (state: MembershipState): state is Revoking & { readonly joining: number } =>
  state.kind === "revoking" && state.joining !== undefined;

/** Whether this is the answer to the JoinGroup that was under way when the member began to leave. */
const isAwaited = (
  state: MembershipState,
  { round }: { readonly round: number },
): state is Revoking & { readonly joining: number } => isAwaitingJoin(state) && state.joining === round;

function withoutJoining({ joining: _, ...revoking }: Revoking): Revoking {
  return revoking;
}

/**
 * What happens next. No clock and no socket: the shell runs the effects and brings back what came of them.
 *
 * @param protocol - Whether the member gives up everything before it joins again, or only what moves (KIP-429).
 */
export function step(state: MembershipState, event: MembershipEvent, protocol: "eager" | "cooperative"): Step {
  const stay: Step = [state, []];
  if (state.kind === "ended") return stay;
  if (state.kind === "outside") {
    if (event.kind === "leave") return [{ kind: "ended", round: state.round + 1 }, []];
    return event.kind === "start" ? join(state.round + 1, "", -1, [], 0) : stay;
  }
  switch (event.kind) {
    case "start":
      return stay;
    case "joined": {
      if (isAwaited(state, event)) {
        // The last commit has to go by the new generation, which takes commits once its members were told their partitions.
        const { joining: round, ...revoking } = state;
        const { memberId, generation } = event;
        return [{ ...revoking, memberId, generation }, [{ kind: "sync", round, memberId, generation }]];
      }
      if (state.kind !== "joining" || event.round !== state.round) return stay;
      const { memberId, generation } = event;
      const round = state.round + 1;
      return [
        { kind: "syncing", round, memberId, generation, owned: state.owned },
        [{ kind: "sync", round, memberId, generation }],
      ];
    }
    case "synced":
      return state.kind === "syncing" && event.round === state.round ? assigned(state, event.assigned) : stay;
    case "refused": {
      if (isAwaited(state, event)) return [withoutJoining(state), []];
      if ((state.kind !== "joining" && state.kind !== "syncing") || event.round !== state.round) return stay;
      if (event.code === "MEMBER_ID_REQUIRED") {
        return join(state.round + 1, event.memberId, state.generation, state.owned, 0);
      }
      return disowned(state, event.code, protocol);
    }
    case "failed": {
      if (isAwaited(state, event)) return [withoutJoining(state), []];
      if ((state.kind !== "joining" && state.kind !== "syncing") || event.round !== state.round) return stay;
      const failures = state.kind === "joining" ? state.failures + 1 : 1;
      return join(state.round + 1, state.memberId, state.generation, state.owned, failures);
    }
    case "revoked": {
      if (state.kind !== "revoking" || event.round !== state.round) return stay;
      if (state.next === "leave") return [{ kind: "ended", round: state.round + 1 }, leaving(state)];
      return join(state.round + 1, state.memberId, state.generation, state.owned, 0);
    }
    case "disowned":
      return state.generation === event.generation && isBeating(state) ? disowned(state, event.code, protocol) : stay;
    case "subscriptionChanged":
      return state.kind === "stable" ? rejoin(state, protocol) : stay;
    case "pollTimedOut":
      return [{ kind: "outside", round: state.round + 1 }, [...losing(state), ...leaving(state)]];
    case "leave": {
      if (state.kind === "revoking") {
        // What is being revoked goes on; the rest goes with it.
        if (state.owned.length === 0) return [{ ...state, next: "leave" }, []];
        return revoke(state, [...state.revoking, ...state.owned], [], "leave");
      }
      if (state.owned.length > 0) {
        const [revoking, effects] = revoke(state, state.owned, [], "leave");
        return [state.kind === "joining" ? { ...revoking, joining: state.round } : revoking, effects];
      }
      return [{ kind: "ended", round: state.round + 1 }, leaving(state)];
    }
  }
}

function join(
  round: number,
  memberId: string,
  generation: number,
  owned: readonly TopicPartition[],
  failures: number,
): Step {
  const attempt = { round, memberId, generation, owned, failures };
  return [{ kind: "joining", ...attempt }, [{ kind: "join", ...attempt }]];
}

function assigned(state: Extract<MembershipState, { kind: "syncing" }>, partitions: readonly TopicPartition[]): Step {
  const added = without(partitions, state.owned);
  const removed = without(state.owned, partitions);
  const { memberId, generation } = state;
  const stable: MembershipState = { kind: "stable", round: state.round + 1, memberId, generation, owned: partitions };
  const effects: MembershipEffect[] = [{ kind: "assign", partitions: added }];
  if (removed.length === 0) return [stable, effects];
  // Cooperative: the leader withheld these from whoever is to have them, and gives them out once we come without them.
  const [revoking, revokeEffects] = revoke(stable, removed, partitions, "join");
  return [revoking, [...effects, ...revokeEffects]];
}

function revoke(
  state: Inside,
  revoking: readonly TopicPartition[],
  owned: readonly TopicPartition[],
  next: "join" | "leave",
): readonly [Revoking, readonly MembershipEffect[]] {
  const { memberId, generation } = state;
  const round = state.round + 1;
  return [
    { kind: "revoking", round, memberId, generation, owned, revoking, next },
    [{ kind: "revoke", round, partitions: revoking }],
  ];
}

function rejoin(state: Inside, protocol: "eager" | "cooperative"): Step {
  if (protocol === "eager" && state.owned.length > 0) return revoke(state, state.owned, [], "join");
  return join(state.round + 1, state.memberId, state.generation, state.owned, 0);
}

function disowned(state: Inside, code: ProtocolErrorCode, protocol: "eager" | "cooperative"): Step {
  switch (code) {
    case "REBALANCE_IN_PROGRESS":
      // While revoking we are on the way to join already.
      return state.kind === "revoking" ? [state, []] : rejoin(state, protocol);
    case "ILLEGAL_GENERATION":
    case "UNKNOWN_MEMBER_ID": {
      // The answer that brings the next generation is on its way.
      if (code === "ILLEGAL_GENERATION" && isAwaitingJoin(state)) return [state, []];
      // The group went on without us. With a stale generation the member is still known, and keeps its id.
      const memberId = code === "ILLEGAL_GENERATION" ? state.memberId : "";
      if (state.kind === "revoking" && state.next === "leave") {
        return [{ kind: "ended", round: state.round + 1 }, losing(state)];
      }
      const [joining, effects] = join(state.round + 1, memberId, -1, [], 0);
      return [joining, [...losing(state), ...effects]];
    }
    default:
      if (protocolErrors[code].retriable) return [state, []];
      return [{ kind: "ended", round: state.round + 1 }, [...losing(state), { kind: "fail", code }]];
  }
}

function losing(state: Inside): MembershipEffect[] {
  const partitions = state.kind === "revoking" ? [...state.revoking, ...state.owned] : state.owned;
  return partitions.length === 0 ? [] : [{ kind: "lose", partitions }];
}

/** A member without an id was never let in. */
function leaving({ memberId }: Inside): MembershipEffect[] {
  return memberId === "" ? [] : [{ kind: "leave", memberId }];
}
