import { type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import { type TopicPartition, without } from "../topic-partition.js";

/**
 * What a member is towards a group whose coordinator divides the partitions (KIP-848). `life` tells apart what was asked before it
 * was fenced from what was asked since.
 */
export type ReconciliationState =
  | { readonly kind: "outside" | "ended"; readonly life: number }
  /** It asks to be let in, and has nothing. */
  | { readonly kind: "joining"; readonly life: number; readonly epoch: 0 }
  | {
      readonly kind: "stable";
      readonly life: number;
      readonly epoch: number;
      readonly owned: readonly TopicPartition[];
    }
  /** Giving up `revoking`; what is to be had then is `wanted`, nothing when it leaves. It still says that it owns both. */
  | {
      readonly kind: "revoking";
      readonly life: number;
      /** Tells a revoke from one that has more of them. */
      readonly turn: number;
      readonly epoch: number;
      readonly owned: readonly TopicPartition[];
      readonly revoking: readonly TopicPartition[];
      readonly wanted: readonly TopicPartition[] | "leave";
    };

type Member = Exclude<ReconciliationState, { kind: "outside" | "ended" }>;

export type ReconciliationEvent =
  | { readonly kind: "start" }
  /** A heartbeat of this life was answered. */
  | { readonly kind: "answered"; readonly life: number; readonly epoch: number }
  /** What the coordinator wants the member to have. */
  | { readonly kind: "assigned"; readonly life: number; readonly partitions: readonly TopicPartition[] }
  /** A heartbeat of this life was answered with an error that does not pass. */
  | { readonly kind: "refused"; readonly life: number; readonly code: ProtocolErrorCode }
  /** The shell has given up what a `revoke` effect named. */
  | { readonly kind: "revoked"; readonly life: number; readonly turn: number }
  /** A commit under this epoch was refused. */
  | { readonly kind: "disowned"; readonly epoch: number }
  /** What it subscribes to is another. */
  | { readonly kind: "subscriptionChanged" }
  /** The application has not asked for records for too long. */
  | { readonly kind: "pollTimedOut" }
  | { readonly kind: "leave" };

export type ReconciliationEffect =
  /** Send a heartbeat now, or as soon as the one under way is answered. */
  | { readonly kind: "beat" }
  /** Stop reading these, let handlers finish, commit; answer with `revoked`. */
  | {
      readonly kind: "revoke";
      readonly life: number;
      readonly turn: number;
      readonly partitions: readonly TopicPartition[];
    }
  | { readonly kind: "assign"; readonly partitions: readonly TopicPartition[] }
  /** Stop reading these at once: they are others'. */
  | { readonly kind: "lose"; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: "leave" }
  | { readonly kind: "fail"; readonly code: ProtocolErrorCode };

export const notAMember: ReconciliationState = { kind: "outside", life: 0 };

/** Whether the coordinator is to hear of the member now and then. */
export const isMember = (state: ReconciliationState): state is Member =>
  state.kind !== "outside" && state.kind !== "ended";

/** All that the member reads, or has not given up yet. */
export function heldBy(state: ReconciliationState): readonly TopicPartition[] {
  if (state.kind === "revoking") return [...state.owned, ...state.revoking];
  return state.kind === "stable" ? state.owned : [];
}

type Step = readonly [ReconciliationState, readonly ReconciliationEffect[]];

/** What happens next. No clock and no socket: the shell runs the effects and brings back what came of them. */
export function reconcile(state: ReconciliationState, event: ReconciliationEvent): Step {
  const stay: Step = [state, []];
  if (state.kind === "ended") return stay;
  if (!isMember(state)) {
    if (event.kind === "leave") return [ended(state), []];
    return event.kind === "start" ? joining(state) : stay;
  }
  if ("life" in event && event.life !== state.life) return stay;
  switch (event.kind) {
    case "start":
      return stay;
    case "answered":
      if (state.kind !== "joining") return [{ ...state, epoch: event.epoch }, []];
      return [{ kind: "stable", life: state.life, epoch: event.epoch, owned: [] }, []];
    case "assigned":
      if (state.kind === "stable") return towards(state, event.partitions);
      // The latest wish counts, once what is given up already is given up.
      return state.kind === "revoking" && state.wanted !== "leave"
        ? [{ ...state, wanted: event.partitions }, []]
        : stay;
    case "revoked": {
      if (state.kind !== "revoking" || event.turn !== state.turn) return stay;
      const { life, epoch, owned, wanted } = state;
      if (wanted === "leave") return [ended(state), [{ kind: "leave" }]];
      const [next, effects] = towards({ kind: "stable", life, epoch, owned }, wanted);
      // Others wait for what was given up.
      const isTold = effects.some(({ kind }) => kind === "beat");
      return [next, isTold ? effects : [...effects, { kind: "beat" }]];
    }
    case "refused":
      return refused(state, event.code);
    case "disowned":
      return event.epoch === state.epoch ? [state, [{ kind: "beat" }]] : stay;
    case "subscriptionChanged":
      return [state, [{ kind: "beat" }]];
    case "pollTimedOut":
      return [{ kind: "outside", life: state.life + 1 }, [...losing(state), { kind: "leave" }]];
    case "leave": {
      const held = heldBy(state);
      if (held.length === 0) return [ended(state), [{ kind: "leave" }]];
      if (state.kind === "revoking" && state.owned.length === 0) return [{ ...state, wanted: "leave" }, []];
      // The rest goes with what is being given up already.
      const { life, epoch } = state;
      const turn = state.kind === "revoking" ? state.turn + 1 : 1;
      return [
        { kind: "revoking", life, turn, epoch, owned: [], revoking: held, wanted: "leave" },
        [{ kind: "revoke", life, turn, partitions: held }],
      ];
    }
  }
}

function towards(state: Extract<Member, { kind: "stable" }>, wanted: readonly TopicPartition[]): Step {
  const { life, epoch } = state;
  const revoking = without(state.owned, wanted);
  if (revoking.length > 0) {
    const owned = without(state.owned, revoking);
    return [
      { kind: "revoking", life, turn: 1, epoch, owned, revoking, wanted },
      [{ kind: "revoke", life, turn: 1, partitions: revoking }],
    ];
  }
  const added = without(wanted, state.owned);
  if (added.length === 0) return [state, []];
  return [{ ...state, owned: wanted }, [{ kind: "assign", partitions: added }, { kind: "beat" }]];
}

function refused(state: Member, code: ProtocolErrorCode): Step {
  switch (code) {
    case "FENCED_MEMBER_EPOCH":
    case "UNKNOWN_MEMBER_ID": {
      // The group went on without us, and nothing of ours can be committed any more.
      if (state.kind === "revoking" && state.wanted === "leave") return [ended(state), losing(state)];
      const [next, effects] = joining(state);
      return [next, [...losing(state), ...effects]];
    }
    default:
      if (protocolErrors[code].retriable) return [state, []];
      return [ended(state), [...losing(state), { kind: "fail", code }]];
  }
}

const joining = ({ life }: ReconciliationState): Step => [
  { kind: "joining", life: life + 1, epoch: 0 },
  [{ kind: "beat" }],
];

const ended = ({ life }: ReconciliationState): ReconciliationState => ({ kind: "ended", life: life + 1 });

function losing(state: Member): ReconciliationEffect[] {
  const partitions = heldBy(state);
  return partitions.length === 0 ? [] : [{ kind: "lose", partitions }];
}
