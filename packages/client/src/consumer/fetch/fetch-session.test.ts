import type { FetchResponse } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionKey } from "../topic-partition.js";
import { type FetchAsk, FetchSession, type SessionRequest } from "./fetch-session.js";

const ask = (partition: number, fetchOffset = 0, more: Partial<FetchAsk> = {}): FetchAsk => ({
  topic: "a",
  topicId: "id-a",
  partition,
  currentLeaderEpoch: 0,
  fetchOffset,
  lastFetchedEpoch: -1,
  partitionMaxBytes: 100,
  ...more,
});
const answer = (sessionId: number, partitions: readonly number[], throttleTimeMs = 0) =>
  ({
    sessionId,
    throttleTimeMs,
    responses: [{ topic: "a", topicId: "", partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
  }) as unknown as FetchResponse;
const nameOf = () => undefined;
const named = ({ topics }: SessionRequest) =>
  topics.flatMap(({ partitions = [] }) => partitions.map(({ partition }) => partition));
const forgotten = ({ forgottenTopicsData }: SessionRequest) =>
  (forgottenTopicsData ?? []).flatMap(({ topicId, partitions = [] }) => partitions.map((each) => `${topicId}/${each}`));

describe("a fetch session", () => {
  it("names everything once, and then what is new, moved or gone", () => {
    const session = new FetchSession();
    const first = session.request([ask(0), ask(1), ask(2)], true);
    expect(first).toMatchObject({ sessionId: 0, sessionEpoch: 0 });
    expect(named(first)).toEqual([0, 1, 2]);
    session.answered(answer(7, [0, 1, 2]), nameOf);
    const second = session.request([ask(0), ask(1, 5), ask(3)], true);
    expect(second).toMatchObject({ sessionId: 7, sessionEpoch: 1 });
    expect([named(second), forgotten(second)]).toEqual([[1, 3], ["id-a/2"]]);
    session.answered(answer(7, [1]), nameOf);
    const third = session.request([ask(0), ask(1, 5), ask(3, 0, { currentLeaderEpoch: 1 })], true);
    expect([third.sessionEpoch, named(third), forgotten(third)]).toEqual([2, [3], []]);
  });

  it("forgets a topic that was made anew, and asks for the other one", () => {
    const session = new FetchSession();
    session.request([ask(0)], true);
    session.answered(answer(7, [0]), nameOf);
    const request = session.request([ask(0, 0, { topicId: "id-b" })], true);
    expect([named(request), forgotten(request)]).toEqual([[0], ["id-a/0"]]);
  });

  it("asks for a session each time where the broker has no room for one", () => {
    const session = new FetchSession();
    for (let time = 0; time < 2; time += 1) {
      expect(session.request([ask(0)], true)).toMatchObject({ sessionId: 0, sessionEpoch: 0 });
      session.answered(answer(0, [0]), nameOf);
    }
  });

  it.each([
    { how: "an answer was lost", end: (session: FetchSession) => session.lost(), sessionId: 7 },
    {
      how: "its epoch is not the broker's",
      end: (session: FetchSession) => session.refused("INVALID_FETCH_SESSION_EPOCH"),
      sessionId: 7,
    },
    {
      how: "the broker knows it no more",
      end: (session: FetchSession) => session.refused("FETCH_SESSION_ID_NOT_FOUND"),
      sessionId: 0,
    },
    {
      how: "the broker closed it",
      end: (session: FetchSession) => session.answered(answer(0, []), nameOf),
      sessionId: 0,
    },
    {
      how: "it answers for what it was not asked",
      end: (session: FetchSession) => session.answered(answer(7, [9]), nameOf),
      sessionId: 7,
    },
  ])("begins anew, with everything, when $how", ({ end, sessionId }) => {
    const session = new FetchSession();
    session.request([ask(0), ask(1)], true);
    session.answered(answer(7, [0, 1]), nameOf);
    session.request([ask(0), ask(1)], true);
    end(session);
    const request = session.request([ask(0), ask(1)], true);
    expect(request).toMatchObject({ sessionId, sessionEpoch: 0 });
    expect(named(request)).toEqual([0, 1]);
  });

  it("begins anew when topics get ids, and after a full answer that lacks a partition", () => {
    const session = new FetchSession();
    session.request([ask(0), ask(1)], false);
    session.answered(answer(7, [0]), nameOf);
    expect(session.request([ask(0), ask(1)], false)).toMatchObject({ sessionId: 7, sessionEpoch: 0 });
    session.answered(answer(8, [0, 1]), nameOf);
    expect(session.request([ask(0), ask(1)], true)).toMatchObject({ sessionId: 8, sessionEpoch: 0 });
    // Throttled: an empty answer at once.
    session.answered(answer(8, [], 50), nameOf);
    expect(session.request([ask(0), ask(1)], true)).toMatchObject({ sessionId: 8, sessionEpoch: 1 });
  });

  it("counts its requests", () => {
    const session = new FetchSession();
    session.request([ask(0)], true);
    session.answered(answer(7, [0]), nameOf);
    for (let epoch = 1; epoch < 4; epoch += 1) {
      expect(session.request([ask(0)], true).sessionEpoch).toBe(epoch);
      session.answered(answer(7, []), nameOf);
    }
  });

  it("leaves a broker that only adds and forgets with exactly what is asked", () => {
    const asks = fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(3)), { selector: ([partition]) => partition, maxLength: 5 });
    const turn = fc.record({ asks, isLost: fc.boolean() });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 20 }), (turns) => {
        const session = new FetchSession();
        const known = new Map<string, number>();
        for (const { asks: wanted, isLost } of turns) {
          const request = session.request(
            wanted.map(([partition, offset]) => ask(partition, offset)),
            true,
          );
          if (request.sessionEpoch === 0) known.clear();
          for (const { partitions = [] } of request.forgottenTopicsData ?? []) {
            for (const partition of partitions) known.delete(partitionKey({ topic: "a", partition }));
          }
          for (const { partitions = [] } of request.topics) {
            for (const { partition, fetchOffset } of partitions) {
              known.set(partitionKey({ topic: "a", partition }), fetchOffset);
            }
          }
          expect([...known].toSorted()).toEqual(wanted.map(([each, offset]) => [`a-${each}`, offset]).toSorted());
          if (isLost) session.lost();
          else session.answered(answer(7, request.sessionEpoch === 0 ? wanted.map(([each]) => each) : []), nameOf);
        }
      }),
    );
  });
});
