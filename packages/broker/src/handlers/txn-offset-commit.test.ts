import { errorCodeOf, KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import type { BrokerServices } from "../broker-services.js";
import { CoordinatorWorld, code, oneMember } from "../group/coordinator-world.test-kit.js";
import type { RequestContext } from "./handler.js";
import { offsetFetchEntry } from "./offset-fetch.js";
import { txnOffsetCommitEntry } from "./txn-offset-commit.js";

const groupId = "billing";
const at = (partitionIndex: number, committedMetadata = "note") => ({
  partitionIndex,
  committedOffset: 5,
  committedMetadata,
});
const orders = [{ name: "orders", partitions: [at(0)] }];

/** The handlers over a group coordinator, with transactions that let everybody in, or refuse. */
async function opened(refusal?: ProtocolErrorCode, wait?: () => Promise<void> | undefined) {
  const world = new CoordinatorWorld();
  const groups = await world.open();
  const asked: unknown[] = [];
  const orderTopic = { name: "orders", id: "b3JkZXJzAAAAAAAAAAAAAA", partitions: [{}, {}] };
  const topics = new Map([[orderTopic.name, orderTopic]]);
  const broker = {
    groups,
    config: world.config,
    world: { clock: world.time },
    topics: { get: (name: string) => topics.get(name), byId: () => orderTopic },
    transactions: {
      admit: (...args: unknown[]) => {
        asked.push(args);
        if (refusal !== undefined) throw new KafkaProtocolError(refusal, "The fake transactions");
        return wait?.();
      },
    },
  } as unknown as BrokerServices;
  const context = { broker } as RequestContext;
  const commit = async (version: number, overrides: object = {}) => {
    const request = {
      transactionalId: "t",
      groupId,
      producerId: 7,
      producerEpoch: 0,
      generationIdOrMemberEpoch: -1,
      memberId: "",
      groupInstanceId: null,
      topics: orders.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => ({ ...partition, committedLeaderEpoch: -1 })),
      })),
      ...overrides,
    };
    const answer = await txnOffsetCommitEntry.handle(context, request, version);
    if (answer === undefined || !("topics" in answer)) throw new Error("no answer");
    return answer.topics.map(({ name, partitions }) => [
      name,
      partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCodeOf(errorCode)]),
    ]);
  };
  const fetch = async (version: number, requireStable: boolean) => {
    const topics = [{ name: "orders", topicId: orderTopic.id, partitionIndexes: [0] }];
    const group = { groupId, memberId: null, memberEpoch: -1, topics };
    const request = { groupId, topics, groups: [group], requireStable };
    const answer = await offsetFetchEntry.handle(context, request, version);
    if (answer === undefined || !("groups" in answer)) throw new Error("no answer");
    const [topic] = version >= 8 ? (answer.groups?.[0]?.topics ?? []) : (answer.topics ?? []);
    const [partition] = topic?.partitions ?? [];
    return [partition?.committedOffset, errorCodeOf(partition?.errorCode ?? 0)];
  };
  return { world, groups, topics, commit, fetch, asked };
}

describe("TxnOffsetCommit", () => {
  it.each([0, 1, 2, 3, 4, 5])("keeps offsets until the transaction is committed, in version %i", async (version) => {
    const { groups, commit, fetch, asked } = await opened();
    expect(await commit(version)).toEqual([["orders", [[0, "NONE"]]]]);
    expect(asked).toEqual([
      [
        { transactionalId: "t", producerId: 7, producerEpoch: 0 },
        { topic: "__consumer_offsets", partition: 0 },
        version >= 5 ? "add" : "verify",
      ],
    ]);
    for (const fetchVersion of [7, 8, 9, 10]) {
      expect(await fetch(fetchVersion, false)).toEqual([-1, "NONE"]);
      expect(await fetch(fetchVersion, true)).toEqual([-1, "UNSTABLE_OFFSET_COMMIT"]);
    }
    await groups.endTransaction({
      partition: 0,
      producerId: 7,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      result: "commit",
    });
    for (const fetchVersion of [7, 8, 9, 10]) expect(await fetch(fetchVersion, true)).toEqual([5, "NONE"]);
  });

  it.each([
    { what: "an empty group id", overrides: { groupId: "" }, error: "INVALID_GROUP_ID" },
    { what: "a generation of no group", overrides: { generationIdOrMemberEpoch: 0 }, error: "ILLEGAL_GENERATION" },
    { what: "a stranger", overrides: { memberId: "x" }, error: "NONE" },
  ])("answers $what with $error", async ({ overrides, error }) => {
    const { commit } = await opened();
    expect(await commit(3, overrides)).toEqual([["orders", [[0, error]]]]);
  });

  it("knows the members of a group", async () => {
    const { world, groups, commit } = await opened();
    const memberId = await oneMember(world, groups);
    const by = async (overrides: object) => (await commit(3, overrides))[0]?.[1];
    expect(await by({ memberId, generationIdOrMemberEpoch: 1 })).toEqual([[0, "NONE"]]);
    expect(await by({ memberId, generationIdOrMemberEpoch: 0 })).toEqual([[0, "ILLEGAL_GENERATION"]]);
    expect(await by({ memberId: "x", generationIdOrMemberEpoch: 1 })).toEqual([[0, "UNKNOWN_MEMBER_ID"]]);
    expect(await by({ memberId, generationIdOrMemberEpoch: 1, groupInstanceId: "I" })).toEqual([
      [0, "UNKNOWN_MEMBER_ID"],
    ]);
    expect(await by({})).toEqual([[0, "NONE"]]);
  });

  it("keeps no offset of a topic that was deleted while the transaction was asked: it would count for the next of that name", async () => {
    let asked = 0;
    const { groups, topics, commit } = await opened(undefined, () => {
      asked += 1;
      if (asked > 1) return undefined;
      topics.delete("orders");
      return Promise.resolve();
    });
    expect(await commit(5)).toEqual([["orders", [[0, "UNKNOWN_TOPIC_OR_PARTITION"]]]]);
    const end = { partition: 0, producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, result: "commit" } as const;
    await groups.endTransaction(end);
    expect(await groups.fetchOffsets(groupId, null)).toEqual([]);
  });

  it("judges each partition by itself", async () => {
    const { commit, asked } = await opened();
    const epoch = { committedLeaderEpoch: -1 };
    const partitions = [at(0), at(9), at(1, "x".repeat(4097))].map((partition) => ({ ...partition, ...epoch }));
    const missing = { name: "missing", partitions: [{ ...at(0), ...epoch }] };
    const all = [missing, { name: "orders", partitions }];
    expect(await commit(3, { topics: all })).toEqual([
      ["missing", [[0, "UNKNOWN_TOPIC_OR_PARTITION"]]],
      [
        "orders",
        [
          [9, "UNKNOWN_TOPIC_OR_PARTITION"],
          [0, "NONE"],
          [1, "OFFSET_METADATA_TOO_LARGE"],
        ],
      ],
    ]);
    expect(asked).toHaveLength(1);
    expect(await commit(3, { topics: [missing] })).toEqual([["missing", [[0, "UNKNOWN_TOPIC_OR_PARTITION"]]]]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    { version: 1, refusal: "COORDINATOR_LOAD_IN_PROGRESS", answer: "COORDINATOR_NOT_AVAILABLE" },
    { version: 2, refusal: "COORDINATOR_LOAD_IN_PROGRESS", answer: "COORDINATOR_LOAD_IN_PROGRESS" },
    { version: 3, refusal: "TRANSACTION_ABORTABLE", answer: "INVALID_TXN_STATE" },
    { version: 4, refusal: "TRANSACTION_ABORTABLE", answer: "TRANSACTION_ABORTABLE" },
    { version: 5, refusal: "INVALID_PRODUCER_EPOCH", answer: "INVALID_PRODUCER_EPOCH" },
  ] as const)("answers $refusal of the transaction with $answer in version $version", async (row) => {
    const { groups, commit } = await opened(row.refusal);
    expect(await commit(row.version)).toEqual([["orders", [[0, row.answer]]]]);
    expect(await code(groups.fetchOffsets(groupId, null))).toBe("NONE");
    expect(await groups.fetchOffsets(groupId, null)).toEqual([]);
  });
});
