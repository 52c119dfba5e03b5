import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionKey, type TopicPartition } from "../topic-partition.js";
import {
  heldBy,
  notAMember,
  type ReconciliationEffect,
  type ReconciliationEvent,
  type ReconciliationState,
  reconcile,
} from "./reconciliation-state.js";

const partitions = (...numbers: number[]): TopicPartition[] => numbers.map((partition) => ({ topic: "a", partition }));
type Entry = ReconciliationEvent | ((state: ReconciliationState) => ReconciliationEvent);

function run(...script: Entry[]) {
  let state = notAMember;
  let effects: readonly ReconciliationEffect[] = [];
  for (const entry of script) [state, effects] = reconcile(state, typeof entry === "function" ? entry(state) : entry);
  return { state, effects };
}

const start: ReconciliationEvent = { kind: "start" };
const leave: ReconciliationEvent = { kind: "leave" };
const answered =
  (epoch: number): Entry =>
  ({ life }) => ({ kind: "answered", life, epoch });
const assigned =
  (...numbers: number[]): Entry =>
  ({ life }) => ({ kind: "assigned", life, partitions: partitions(...numbers) });
const revoked: Entry = (state) => ({
  kind: "revoked",
  life: state.life,
  turn: state.kind === "revoking" ? state.turn : 0,
});
const refused =
  (
    code: "FENCED_MEMBER_EPOCH" | "UNKNOWN_MEMBER_ID" | "UNSUPPORTED_ASSIGNOR" | "COORDINATOR_LOAD_IN_PROGRESS",
  ): Entry =>
  ({ life }) => ({ kind: "refused", life, code });
const stable = [start, answered(3), assigned(0, 1)] as const;

describe("a member of a group that its coordinator divides", () => {
  it("joins with nothing, takes what it is given, and says so at once", () => {
    expect(run(start)).toEqual({ state: { kind: "joining", life: 1, epoch: 0 }, effects: [{ kind: "beat" }] });
    expect(run(start, answered(3)).state).toMatchObject({ kind: "stable", epoch: 3, owned: [] });
    expect(run(...stable).effects).toEqual([{ kind: "assign", partitions: partitions(0, 1) }, { kind: "beat" }]);
    expect(run(...stable, assigned(1, 0)).effects).toEqual([]);
  });

  it("gives up first, and takes and tells after", () => {
    const { state, effects } = run(...stable, assigned(1, 2));
    expect(effects).toEqual([{ kind: "revoke", life: 1, turn: 1, partitions: partitions(0) }]);
    expect(heldBy(state)).toEqual(partitions(1, 0));
    expect(run(...stable, assigned(1, 2), revoked)).toEqual({
      state: { kind: "stable", life: 1, epoch: 3, owned: partitions(1, 2) },
      effects: [{ kind: "assign", partitions: partitions(2) }, { kind: "beat" }],
    });
    expect(run(...stable, assigned(1), revoked).effects).toEqual([{ kind: "beat" }]);
  });

  it("goes after the latest wish once it has given up what the one before asked for", () => {
    const again = run(...stable, assigned(1), assigned(3), revoked);
    expect(again.effects).toEqual([{ kind: "revoke", life: 1, turn: 1, partitions: partitions(1) }, { kind: "beat" }]);
    // What was given up has ended, and begins anew.
    expect(run(...stable, assigned(1), assigned(0, 1), revoked).effects).toEqual([
      { kind: "assign", partitions: partitions(0) },
      { kind: "beat" },
    ]);
  });

  it.each(["FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID"] as const)("loses everything by %s and joins again", (code) => {
    expect(run(...stable, refused(code))).toEqual({
      state: { kind: "joining", life: 2, epoch: 0 },
      effects: [{ kind: "lose", partitions: partitions(0, 1) }, { kind: "beat" }],
    });
    expect(run(...stable, assigned(1), refused(code)).effects[0]).toEqual({
      kind: "lose",
      partitions: partitions(1, 0),
    });
    // What was asked before that is answered too late.
    const late = run(...stable, refused(code), { kind: "answered", life: 1, epoch: 9 });
    expect(late.state).toMatchObject({ kind: "joining" });
    expect(run(...stable, leave, refused(code))).toMatchObject({
      state: { kind: "ended" },
      effects: [{ kind: "lose" }],
    });
  });

  it("ends when the coordinator will not have it, and waits when it cannot say", () => {
    expect(run(...stable, refused("UNSUPPORTED_ASSIGNOR"))).toMatchObject({
      state: { kind: "ended" },
      effects: [{ kind: "lose" }, { kind: "fail", code: "UNSUPPORTED_ASSIGNOR" }],
    });
    expect(run(...stable, refused("COORDINATOR_LOAD_IN_PROGRESS"))).toMatchObject({ state: { kind: "stable" } });
  });

  it("leaves once it has given up everything", () => {
    expect(run(...stable, leave).effects).toEqual([{ kind: "revoke", life: 1, turn: 1, partitions: partitions(0, 1) }]);
    expect(run(...stable, leave, revoked)).toMatchObject({ state: { kind: "ended" }, effects: [{ kind: "leave" }] });
    expect(run(start, leave)).toMatchObject({ state: { kind: "ended" }, effects: [{ kind: "leave" }] });
    expect(run(leave)).toEqual({ state: { kind: "ended", life: 1 }, effects: [] });
    const meanwhile = run(...stable, assigned(1), leave);
    expect(meanwhile.effects).toEqual([{ kind: "revoke", life: 1, turn: 2, partitions: partitions(1, 0) }]);
    const stale = run(...stable, assigned(1), leave, { kind: "revoked", life: 1, turn: 1 });
    expect(stale.state).toMatchObject({ kind: "revoking" });
    expect(run(...stable, assigned(), leave).effects).toEqual([]);
    expect(run(...stable, assigned(), leave, revoked).effects).toEqual([{ kind: "leave" }]);
  });

  it("is outside when the application does not come, and joins when it does", () => {
    const { state, effects } = run(...stable, { kind: "pollTimedOut" });
    expect(effects).toEqual([{ kind: "lose", partitions: partitions(0, 1) }, { kind: "leave" }]);
    expect(reconcile(state, start)[0]).toMatchObject({ kind: "joining", life: 3 });
  });

  it("asks the coordinator when a commit was refused, or it wants other topics", () => {
    expect(run(...stable, { kind: "disowned", epoch: 3 }).effects).toEqual([{ kind: "beat" }]);
    expect(run(...stable, { kind: "disowned", epoch: 2 }).effects).toEqual([]);
    expect(run(...stable, { kind: "subscriptionChanged" }).effects).toEqual([{ kind: "beat" }]);
  });

  it("gives up, or loses, exactly what it was given, whatever happens in whatever order", () => {
    const numbers = fc.uniqueArray(fc.nat(4), { maxLength: 4 });
    const entry: fc.Arbitrary<Entry> = fc.oneof(
      fc.constantFrom<Entry>(start, leave, revoked, { kind: "pollTimedOut" }, refused("FENCED_MEMBER_EPOCH")),
      fc.nat(9).map((epoch) => answered(epoch + 1)),
      numbers.map((some) => assigned(...some)),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (script) => {
        let state = notAMember;
        const reading = new Set<string>();
        const givingUp: { readonly turn: number; readonly life: number; readonly keys: readonly string[] }[] = [];
        for (const each of script) {
          const event = typeof each === "function" ? each(state) : each;
          // Given up when the shell says so, at the latest.
          if (event.kind === "revoked") {
            for (const { turn, life, keys } of givingUp) {
              if (turn === event.turn && life === event.life) for (const key of keys) reading.delete(key);
            }
          }
          const [next, effects] = reconcile(state, event);
          state = next;
          for (const effect of effects) {
            if (effect.kind === "assign") {
              for (const partition of effect.partitions) {
                expect(reading.has(partitionKey(partition))).toBe(false);
                reading.add(partitionKey(partition));
              }
            } else if (effect.kind === "lose") {
              for (const partition of effect.partitions) expect(reading.delete(partitionKey(partition))).toBe(true);
            } else if (effect.kind === "revoke") {
              givingUp.push({ ...effect, keys: effect.partitions.map(partitionKey) });
            }
          }
          expect([...reading].toSorted()).toEqual(heldBy(state).map(partitionKey).toSorted());
        }
      }),
    );
  });
});
