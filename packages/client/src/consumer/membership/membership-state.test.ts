import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionKey, type TopicPartition } from "../topic-partition.js";
import {
  isBeating,
  isBetweenGenerations,
  type MembershipEffect,
  type MembershipEvent,
  type MembershipState,
  outside,
  step,
} from "./membership-state.js";

const partitions = (...numbers: number[]): TopicPartition[] => numbers.map((partition) => ({ topic: "a", partition }));

/** Runs a script from outside the group; each entry may look at the state, as a shell does for its round. */
function run(
  protocol: "eager" | "cooperative",
  ...script: (MembershipEvent | ((state: MembershipState) => MembershipEvent))[]
): { readonly state: MembershipState; readonly effects: readonly MembershipEffect[] } {
  let state = outside;
  let effects: readonly MembershipEffect[] = [];
  for (const entry of script) {
    [state, effects] = step(state, typeof entry === "function" ? entry(state) : entry, protocol);
  }
  return { state, effects };
}

const start: MembershipEvent = { kind: "start" };
const leave: MembershipEvent = { kind: "leave" };
const joined = ({ round }: MembershipState): MembershipEvent => ({
  kind: "joined",
  round,
  memberId: "m",
  generation: 5,
});
const synced =
  (...numbers: number[]) =>
  ({ round }: MembershipState): MembershipEvent => ({ kind: "synced", round, assigned: partitions(...numbers) });
const refused =
  (code: "MEMBER_ID_REQUIRED" | "UNKNOWN_MEMBER_ID" | "REBALANCE_IN_PROGRESS" | "FENCED_INSTANCE_ID") =>
  ({ round }: MembershipState): MembershipEvent => ({ kind: "refused", round, code, memberId: "given" });
const revoked = ({ round }: MembershipState): MembershipEvent => ({ kind: "revoked", round });
const failed = ({ round }: MembershipState): MembershipEvent => ({ kind: "failed", round });
const disowned = (
  code: "REBALANCE_IN_PROGRESS" | "ILLEGAL_GENERATION" | "UNKNOWN_MEMBER_ID" | "FENCED_INSTANCE_ID",
): MembershipEvent => ({
  kind: "disowned",
  generation: 5,
  code,
});
const stable = [start, joined, synced(0, 1)] as const;

describe("membership", () => {
  it("joins, syncs and is assigned", () => {
    expect(run("cooperative", start).effects).toEqual([
      { kind: "join", round: 1, memberId: "", generation: -1, owned: [], failures: 0 },
    ]);
    expect(run("cooperative", start, joined).effects).toEqual([
      { kind: "sync", round: 2, memberId: "m", generation: 5 },
    ]);
    const { state, effects } = run("cooperative", ...stable);
    expect(effects).toEqual([{ kind: "assign", partitions: partitions(0, 1) }]);
    expect(state).toMatchObject({ kind: "stable", memberId: "m", generation: 5, owned: partitions(0, 1) });
  });

  describe("that leaves while it joins again", () => {
    const leaving = [...stable, disowned("REBALANCE_IN_PROGRESS"), leave] as const;
    const roundOf = (state: MembershipState) => (state.kind === "revoking" ? (state.joining ?? -1) : -1);
    const next = (state: MembershipState): MembershipEvent => ({
      kind: "joined",
      round: roundOf(state),
      memberId: "m",
      generation: 6,
    });

    it("waits for the generation that the coordinator may have gone on to, and syncs so that it takes the last commit", () => {
      const waiting = run("cooperative", ...leaving);
      expect(waiting.effects).toMatchObject([{ kind: "revoke", partitions: partitions(0, 1) }]);
      expect(isBetweenGenerations(waiting.state, 5)).toBe(true);
      expect(run("cooperative", ...leaving, disowned("ILLEGAL_GENERATION")).state).toEqual(waiting.state);
      const { state, effects } = run("cooperative", ...leaving, next);
      expect(effects).toMatchObject([{ kind: "sync", memberId: "m", generation: 6 }]);
      expect(state).toMatchObject({ kind: "revoking", generation: 6, next: "leave" });
      expect([isBetweenGenerations(state, 5), isBetweenGenerations(state, 6)]).toEqual([true, false]);
      expect(run("cooperative", ...leaving, next, revoked).effects).toEqual([{ kind: "leave", memberId: "m" }]);
    });

    it.each(["failed", "refused"] as const)("waits for it no longer when JoinGroup is %s", (kind) => {
      const answer = (state: MembershipState): MembershipEvent =>
        kind === "failed"
          ? { kind, round: roundOf(state) }
          : { kind, round: roundOf(state), code: "UNKNOWN_MEMBER_ID", memberId: "" };
      const { state, effects } = run("cooperative", ...leaving, answer);
      expect(effects).toEqual([]);
      expect(isBetweenGenerations(state, 5)).toBe(false);
    });
  });

  it("joins again at once with the member id that a broker gives", () => {
    const { effects } = run("cooperative", start, refused("MEMBER_ID_REQUIRED"));
    expect(effects).toMatchObject([{ kind: "join", memberId: "given", failures: 0 }]);
  });

  it("waits longer after each failure in a row", () => {
    expect(run("eager", start, failed, failed, failed).effects).toMatchObject([{ kind: "join", failures: 3 }]);
  });

  it("gives up everything before it joins again when eager", () => {
    const { state, effects } = run("eager", ...stable, disowned("REBALANCE_IN_PROGRESS"));
    expect(effects).toMatchObject([{ kind: "revoke", partitions: partitions(0, 1) }]);
    expect(isBeating(state)).toBe(true);
    const after = run("eager", ...stable, disowned("REBALANCE_IN_PROGRESS"), revoked);
    expect(after.effects).toMatchObject([{ kind: "join", memberId: "m", generation: 5, owned: [] }]);
    expect(isBeating(after.state)).toBe(false);
  });

  it("keeps reading while it joins again when cooperative, and then gives up only what moves", () => {
    const rejoining = [...stable, disowned("REBALANCE_IN_PROGRESS")] as const;
    expect(run("cooperative", ...rejoining).effects).toMatchObject([{ kind: "join", owned: partitions(0, 1) }]);
    const moving = [...rejoining, joined, synced(1, 2)] as const;
    expect(run("cooperative", ...moving).effects).toMatchObject([
      { kind: "assign", partitions: partitions(2) },
      { kind: "revoke", partitions: partitions(0) },
    ]);
    expect(run("cooperative", ...moving, revoked).effects).toMatchObject([{ kind: "join", owned: partitions(1, 2) }]);
  });

  it.each(["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"] as const)("loses what it had on %s, and joins anew", (code) => {
    const { effects } = run("cooperative", ...stable, disowned(code));
    expect(effects).toMatchObject([
      { kind: "lose", partitions: partitions(0, 1) },
      { kind: "join", memberId: code === "ILLEGAL_GENERATION" ? "m" : "", generation: -1, owned: [] },
    ]);
  });

  it("also loses what it is just revoking, and does not act on the end of that revoke", () => {
    const lost = [...stable, disowned("REBALANCE_IN_PROGRESS"), disowned("UNKNOWN_MEMBER_ID")] as const;
    expect(run("eager", ...lost).effects).toMatchObject([
      { kind: "lose", partitions: partitions(0, 1) },
      { kind: "join" },
    ]);
    const stale = { kind: "revoked", round: run("eager", ...lost.slice(0, 4)).state.round } as const;
    expect(run("eager", ...lost, stale).effects).toEqual([]);
  });

  it("ends when another takes its instance id", () => {
    const { state, effects } = run("cooperative", ...stable, disowned("FENCED_INSTANCE_ID"));
    expect(state.kind).toBe("ended");
    expect(effects).toEqual([
      { kind: "lose", partitions: partitions(0, 1) },
      { kind: "fail", code: "FENCED_INSTANCE_ID" },
    ]);
  });

  it("gives everything up before it leaves, also in the middle of a rebalance", () => {
    expect(run("cooperative", ...stable, leave).effects).toMatchObject([
      { kind: "revoke", partitions: partitions(0, 1) },
    ]);
    expect(run("cooperative", ...stable, leave, revoked).effects).toEqual([{ kind: "leave", memberId: "m" }]);
    const joining = [...stable, disowned("REBALANCE_IN_PROGRESS")] as const;
    expect(run("cooperative", ...joining, leave).effects).toMatchObject([{ kind: "revoke" }]);
    expect(run("cooperative", ...joining, joined, synced(1), leave).effects).toMatchObject([
      { kind: "revoke", partitions: partitions(0, 1) },
    ]);
    expect(run("cooperative", start, leave)).toMatchObject({ state: { kind: "ended" }, effects: [] });
  });

  it("leaves and loses its partitions when the application is too slow, and comes back when told to", () => {
    const timedOut = [...stable, { kind: "pollTimedOut" }] as const;
    expect(run("cooperative", ...timedOut).effects).toEqual([
      { kind: "lose", partitions: partitions(0, 1) },
      { kind: "leave", memberId: "m" },
    ]);
    expect(run("cooperative", ...timedOut, start).effects).toMatchObject([{ kind: "join", memberId: "" }]);
  });

  it("is asked to give up exactly what it was given, whatever happens in whatever order", () => {
    const code = fc.constantFrom(
      "REBALANCE_IN_PROGRESS" as const,
      "ILLEGAL_GENERATION" as const,
      "UNKNOWN_MEMBER_ID" as const,
      "NOT_COORDINATOR" as const,
      "MEMBER_ID_REQUIRED" as const,
      "FENCED_INSTANCE_ID" as const,
    );
    const round = fc.integer({ min: -2, max: 0 });
    const happening = fc.oneof(
      fc.constant({ kind: "start" as const }),
      fc.record({
        kind: fc.constant("joined" as const),
        round,
        memberId: fc.constant("m"),
        generation: fc.constant(5),
      }),
      fc.record({ kind: fc.constant("synced" as const), round, assigned: fc.subarray(partitions(0, 1, 2, 3)) }),
      fc.record({ kind: fc.constant("refused" as const), round, code, memberId: fc.constant("n") }),
      fc.record({ kind: fc.constant("failed" as const), round }),
      fc.record({ kind: fc.constant("revoked" as const), round }),
      fc.record({ kind: fc.constant("disowned" as const), generation: fc.constant(5), code }),
      fc.constant({ kind: "subscriptionChanged" as const }),
      fc.constant({ kind: "pollTimedOut" as const }),
      fc.constant({ kind: "leave" as const }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("eager" as const, "cooperative" as const),
        fc.array(happening, { maxLength: 60 }),
        (protocol, script) => {
          let state = outside;
          const reading = new Set<string>();
          const revoking = new Set<string>();
          for (const happens of script) {
            // Rounds in the script count back from the present one, so that most answers are to the last question.
            const event = "round" in happens ? { ...happens, round: state.round + happens.round } : happens;
            // The shell answers a revoke only after it has done it.
            if (event.kind === "revoked" && event.round === state.round) revoking.clear();
            const [next, effects] = step(state, event, protocol);
            for (const effect of effects) {
              if (effect.kind === "assign") {
                for (const key of effect.partitions.map(partitionKey)) {
                  expect(reading).not.toContain(key);
                  reading.add(key);
                }
              } else if (effect.kind === "revoke" || effect.kind === "lose") {
                for (const key of effect.partitions.map(partitionKey)) {
                  expect(reading.has(key) || revoking.has(key)).toBe(true);
                  reading.delete(key);
                  if (effect.kind === "revoke") revoking.add(key);
                  else revoking.delete(key);
                }
              }
            }
            state = next;
            const owned = "owned" in state ? state.owned.map(partitionKey) : [];
            expect([...reading].sort()).toEqual([...owned].sort());
            if (state.kind === "ended") expect(reading.size).toBe(0);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
