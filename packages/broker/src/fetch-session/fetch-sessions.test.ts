import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import type { FetchSession } from "./fetch-session.js";
import { FetchSessions } from "./fetch-sessions.js";

const request = { currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: -1 };
const rest = { partitionMaxBytes: 1000, replicaDirectoryId: "", highWatermark: -1 };

function cacheOf(limits: { readonly sessions?: number; readonly partitions?: number } = {}) {
  let now = 1000;
  const clock = { now: () => now, monotonic: () => now };
  const sessions = new FetchSessions({ clock, random: nodeWorld.random }, { sessions: 2, partitions: 1000, ...limits });
  const owner = new AbortController();
  const fill = (session: FetchSession, size: number) =>
    sessions.update(session, () => {
      for (let partition = 0; partition < size; partition += 1) {
        session.put({ topic: "orders", request: { ...request, ...rest, partition } });
      }
    });
  return {
    sessions,
    owner,
    fill,
    pass: (ms: number) => {
      now += ms;
    },
    open: (size: number, isPrivileged = false) => {
      const session = sessions.open({ size, isPrivileged, usesTopicIds: false, isolationLevel: 0 }, owner.signal);
      if (session !== undefined) fill(session, size);
      return session;
    },
  };
}

const minutes = 60_000;

describe("the fetch sessions of a broker", () => {
  it("are no more than their slots while all are in use", () => {
    const { sessions, open } = cacheOf();
    expect([open(1), open(1), open(9)].map((session) => session !== undefined)).toEqual([true, true, false]);
    expect(sessions.size).toBe(2);
  });
  it("give way when they were not used for two minutes", () => {
    const { sessions, open, pass } = cacheOf();
    const [first] = [open(5), open(5)];
    pass(2 * minutes);
    expect(open(1)).toBeUndefined();
    pass(1);
    expect(open(1)).toBeDefined();
    expect(first?.isClosed).toBe(true);
    expect(sessions.size).toBe(2);
  });
  it("give way to larger ones, the smallest first, once they are two minutes old", () => {
    const { sessions, open, pass, fill } = cacheOf();
    const [large, small] = [open(7), open(5)];
    pass(2 * minutes - 1);
    for (const session of [large, small]) if (session !== undefined) fill(session, session.size);
    expect(open(6)).toBeUndefined();
    pass(2);
    for (const session of [large, small]) if (session !== undefined) fill(session, session.size);
    expect(open(5)).toBeUndefined();
    expect(open(6)).toBeDefined();
    expect([large?.isClosed, small?.isClosed]).toEqual([false, true]);
    expect(sessions.partitions).toBe(13);
  });
  it("of consumers give way to those of replicas, and not the other way", () => {
    const { open, pass } = cacheOf();
    const [consumer, other] = [open(9), open(8)];
    expect(open(1, true)).toBeDefined();
    expect([consumer?.isClosed, other?.isClosed]).toEqual([false, true]);
    expect(open(1, true)).toBeDefined();
    expect(open(1, true)).toBeUndefined();
    pass(1);
    expect(open(100)).toBeUndefined();
  });
  it("have a bound for the partitions of all together", () => {
    const { sessions, open, fill } = cacheOf({ sessions: 10, partitions: 20 });
    const first = open(10);
    expect(open(11)).toBeUndefined();
    const second = open(10);
    if (first === undefined || second === undefined) throw new Error("there was room");
    expect(() => fill(second, 11)).toThrow("FETCH_SESSION_ID_NOT_FOUND");
    expect([first.isClosed, second.isClosed, sessions.partitions]).toEqual([false, true, 10]);
  });
  it("end with their connection", () => {
    const { sessions, open, owner } = cacheOf();
    const session = open(3);
    owner.abort();
    expect([session?.isClosed, sessions.size, sessions.partitions]).toEqual([true, 0, 0]);
    expect(open(1)).toBeUndefined();
  });
  it("come after epoch 2147483647 to epoch 1", () => {
    const { open } = cacheOf();
    const session = open(1);
    expect(session?.epoch).toBe(1);
    for (let turn = 0; turn < 3; turn += 1) session?.goOn();
    expect(session?.epoch).toBe(4);
  });
});
