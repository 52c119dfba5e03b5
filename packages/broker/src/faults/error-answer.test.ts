import { type Api, type ApiName, apis, encodeResponse, errorCodeOf, type ProtocolErrorCode } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { answerLevels } from "./answer-levels.js";
import { errorAnswer, joinAnswers, placeError } from "./error-answer.js";
import { divide, type Scope, type Values } from "./request-scope.js";

const answered = (api: Api, version: number, request: Values, code: ProtocolErrorCode, scope: Scope = {}): Values => {
  const levels = answerLevels(api, version);
  const answer = errorAnswer(request, levels, placeError(code, scope, levels));
  // Whatever is answered must have a wire form, as the version has it.
  const frame = Buffer.concat(encodeResponse(api, version, 1, answer)).subarray(4);
  const hasTags = api.response.isFlexible(version) && api.name !== "ApiVersions";
  return api.response.decode(version, frame.subarray(hasTags ? 5 : 4));
};

/** Paths of all error codes that are not 0, with their names. */
const errorsIn = (value: unknown, path = ""): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((each, index) => errorsIn(each, `${path}[${index}]`));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name !== "errorCode" && name !== "partitionErrorCode")
      return errorsIn(inner, path === "" ? name : `${path}.${name}`);
    return inner === 0 ? [] : [`${path === "" ? "response" : path}: ${errorCodeOf(inner as number)}`];
  });
};

const topics = [
  { name: "a", topic: "a", topicId: "AAAAAAAAAAAAAAAAAAAAAQ", partitions: [{ partition: 3, partitionIndex: 3 }] },
  {
    name: "b",
    topic: "b",
    topicId: "AAAAAAAAAAAAAAAAAAAAAg",
    partitions: [
      { partitionIndex: 0, partition: 0 },
      { partitionIndex: 1, partition: 1 },
    ],
  },
];
/** A request for each API, as a decoder gives it. */
const requests: Readonly<Record<ApiName, Values>> = {
  Produce: {
    topicData: topics.map(({ partitions, ...rest }) => ({
      ...rest,
      partitionData: partitions.map(({ partition }) => ({ index: partition })),
    })),
  },
  Fetch: { topics, forgottenTopicsData: [{ topic: "c", partitions: [0] }] },
  ListOffsets: { topics },
  Metadata: { topics },
  OffsetCommit: { groupId: "g", topics },
  OffsetFetch: {
    groupId: "g",
    topics: [{ name: "a", partitionIndexes: [3] }],
    groups: [{ groupId: "g", topics: [{ name: "a", partitionIndexes: [3] }] }],
  },
  FindCoordinator: { key: "g", keyType: 0, coordinatorKeys: ["g"] },
  JoinGroup: { groupId: "g", protocols: [{ name: "range" }] },
  Heartbeat: { groupId: "g" },
  LeaveGroup: { groupId: "g", members: [{ memberId: "m" }] },
  SyncGroup: { groupId: "g", assignments: [] },
  DescribeGroups: { groups: ["g"] },
  ListGroups: { statesFilter: [] },
  ApiVersions: {},
  CreateTopics: { topics },
  DeleteTopics: { topics, topicNames: ["a", "b"] },
  DeleteRecords: { topics },
  InitProducerId: {},
  OffsetForLeaderEpoch: { topics },
  DescribeConfigs: { resources: [{ resourceType: 2, resourceName: "a" }] },
  CreatePartitions: { topics },
  DeleteGroups: { groupsNames: ["g"] },
  IncrementalAlterConfigs: { resources: [{ resourceType: 2, resourceName: "a" }] },
  OffsetDelete: { groupId: "g", topics },
  DescribeCluster: {},
  SaslHandshake: {},
  SaslAuthenticate: {},
  DescribeAcls: {},
  CreateAcls: { creations: [{ resourceName: "a" }] },
  DeleteAcls: { filters: [{ resourceNameFilter: "a" }] },
  AlterConfigs: { resources: [{ resourceType: 2, resourceName: "a" }] },
  AlterReplicaLogDirs: { dirs: [{ path: "/data", topics: [{ name: "a", partitions: [3] }] }] },
  DescribeLogDirs: { topics: [{ topic: "a", partitions: [3] }] },
  CreateDelegationToken: {},
  RenewDelegationToken: {},
  ExpireDelegationToken: {},
  DescribeDelegationToken: {},
  ElectLeaders: { topicPartitions: [{ topic: "a", partitions: [3] }] },
  AlterPartitionReassignments: { topics },
  ListPartitionReassignments: { topics: [{ name: "a", partitionIndexes: [3] }] },
  DescribeQuorum: { topics: [{ topicName: "a", partitions: [{ partitionIndex: 3 }] }] },
  UpdateFeatures: { featureUpdates: [{ feature: "metadata.version" }] },
  UnregisterBroker: {},
  ListConfigResources: {},
  DescribeTopicPartitions: { topics: [{ name: "a" }] },
  AddRaftVoter: {},
  RemoveRaftVoter: {},
  AddPartitionsToTxn: {
    transactions: [{ transactionalId: "t", topics: [{ name: "a", partitions: [3] }] }],
    v3AndBelowTopics: [{ name: "a", partitions: [3] }],
  },
  AddOffsetsToTxn: { transactionalId: "t", groupId: "g" },
  EndTxn: { transactionalId: "t" },
  WriteTxnMarkers: { markers: [{ producerId: 1, topics: [{ name: "a", partitionIndexes: [3] }] }] },
  DescribeTransactions: { transactionalIds: ["t"] },
  ListTransactions: {},
  DescribeProducers: { topics: [{ name: "a", partitionIndexes: [3] }] },
  TxnOffsetCommit: { transactionalId: "t", groupId: "g", topics },
  DescribeClientQuotas: { components: [{ entityType: "user" }] },
  AlterClientQuotas: { entries: [{ entity: [{ entityType: "user", entityName: "u" }] }] },
  DescribeUserScramCredentials: { users: [{ name: "u" }] },
  AlterUserScramCredentials: { deletions: [{ name: "u", mechanism: 1 }] },
  ConsumerGroupHeartbeat: { groupId: "g" },
  ConsumerGroupDescribe: { groupIds: ["g"] },
};
const everyVersion = Object.values<Api>(apis).flatMap((api) =>
  Array.from(
    { length: api.maxVersion - api.minVersion + 1 },
    (_, index) => [api.name, api.minVersion + index] as const,
  ),
);

describe("an error in place of an answer", () => {
  it.each(everyVersion)("has a place in %s v%d, and a wire form", (name, version) => {
    for (const code of ["UNKNOWN_SERVER_ERROR", "NOT_LEADER_OR_FOLLOWER"] as const) {
      const api: Api = apis[name as ApiName];
      const errors = errorsIn(answered(api, version, requests[name as ApiName], code));
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.every((error) => error.endsWith(code))).toBe(true);
    }
  });

  it.each<[ApiName, number, ProtocolErrorCode, readonly string[]]>([
    [
      "Produce",
      9,
      "UNKNOWN_SERVER_ERROR",
      [
        "responses[0].partitionResponses[0]",
        "responses[1].partitionResponses[0]",
        "responses[1].partitionResponses[1]",
      ],
    ],
    [
      "Fetch",
      12,
      "OFFSET_OUT_OF_RANGE",
      ["responses[0].partitions[0]", "responses[1].partitions[0]", "responses[1].partitions[1]"],
    ],
    ["Fetch", 12, "FETCH_SESSION_ID_NOT_FOUND", ["response"]],
    [
      "Fetch",
      6,
      "UNKNOWN_SERVER_ERROR",
      ["responses[0]", "responses[1]"]
        .flatMap((at) => [`${at}.partitions[0]`, `${at}.partitions[1]`])
        .filter((at) => at !== "responses[0].partitions[1]"),
    ],
    ["Metadata", 12, "LEADER_NOT_AVAILABLE", ["topics[0]", "topics[1]"]],
    ["OffsetFetch", 1, "NOT_COORDINATOR", ["topics[0].partitions[0]"]],
    ["OffsetFetch", 7, "NOT_COORDINATOR", ["response"]],
    ["OffsetFetch", 8, "NOT_COORDINATOR", ["groups[0]"]],
    ["OffsetFetch", 8, "UNSTABLE_OFFSET_COMMIT", ["groups[0].topics[0].partitions[0]"]],
    ["FindCoordinator", 3, "COORDINATOR_NOT_AVAILABLE", ["response"]],
    ["FindCoordinator", 4, "COORDINATOR_NOT_AVAILABLE", ["coordinators[0]"]],
    ["LeaveGroup", 4, "UNKNOWN_MEMBER_ID", ["response"]],
    ["DeleteTopics", 1, "NOT_CONTROLLER", ["responses[0]", "responses[1]"]],
    ["OffsetDelete", 0, "GROUP_ID_NOT_FOUND", ["response"]],
    ["ApiVersions", 3, "UNSUPPORTED_VERSION", ["response"]],
  ])("goes in %s v%d, when it is %s, where Kafka puts it", (name, version, code, places) => {
    expect(errorsIn(answered(apis[name], version, requests[name], code))).toEqual(places.map((at) => `${at}: ${code}`));
  });

  it("says what it is about, and that nothing else is known", () => {
    expect(answered(apis.Fetch, 12, requests.Fetch, "OFFSET_OUT_OF_RANGE").responses).toMatchObject([
      { topic: "a", partitions: [{ partitionIndex: 3, highWatermark: -1, logStartOffset: -1 }] },
      { topic: "b", partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] },
    ]);
    expect(answered(apis.Produce, 13, requests.Produce, "NOT_LEADER_OR_FOLLOWER").responses).toMatchObject([
      { topicId: "AAAAAAAAAAAAAAAAAAAAAQ", partitionResponses: [{ index: 3, baseOffset: -1 }] },
      { topicId: "AAAAAAAAAAAAAAAAAAAAAg" },
    ]);
    expect(answered(apis.DescribeGroups, 0, requests.DescribeGroups, "NOT_COORDINATOR").groups).toMatchObject([
      { groupId: "g" },
    ]);
  });
});

describe("a request divided by what a fault is limited to", () => {
  const divided = (name: ApiName, version: number, scope: Scope) =>
    divide(requests[name], answerLevels(apis[name], version), scope, (id) => (id.endsWith("Q") ? "a" : "b"));

  it("keeps what it names inside and outside apart", () => {
    expect(divided("ListOffsets", 7, { topic: "b", partition: 1 })).toEqual({
      inside: { topics: [{ ...topics[1], partitions: [topics[1]?.partitions[1]] }] },
      outside: { topics: [topics[0], { ...topics[1], partitions: [topics[1]?.partitions[0]] }] },
      isAll: false,
    });
  });
  it.each<[ApiName, number, Scope, boolean]>([
    ["Heartbeat", 4, { group: "g" }, true],
    ["Heartbeat", 4, { group: "h" }, false],
    ["FindCoordinator", 2, { group: "g" }, true],
    ["FindCoordinator", 4, { group: "h" }, false],
    ["OffsetFetch", 8, { group: "g", topic: "a" }, true],
    ["OffsetFetch", 8, { group: "g", topic: "b" }, false],
    ["OffsetFetch", 7, { group: "g", partition: 3 }, true],
    ["DescribeConfigs", 4, { topic: "a" }, true],
    ["DescribeConfigs", 4, { topic: "b" }, false],
    ["CreateTopics", 7, { topic: "b" }, true],
    ["DeleteTopics", 1, { topic: "c" }, false],
    ["ApiVersions", 3, {}, true],
  ])("%s v%d by %j: %s", (name, version, scope, isInside) => {
    expect(divided(name, version, scope).inside !== undefined).toBe(isInside);
  });
  it("finds topics by their ids", () => {
    const named = { topicData: [{ name: "", topicId: "AAAAAAAAAAAAAAAAAAAAAQ", partitionData: [{ index: 0 }] }] };
    const levels = answerLevels(apis.Produce, 13);
    expect(divide(named, levels, { topic: "a" }, () => "a").inside).toEqual(named);
    expect(divide(named, levels, { topic: "b" }, () => "a").inside).toBeUndefined();
  });
  it("is put together again from its answers", () => {
    const { levels } = answerLevels(apis.ListOffsets, 7);
    const answer = (name: string, ...partitions: number[]) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
    });
    expect(
      joinAnswers(
        { throttleTimeMs: 5, topics: [answer("a", 0), answer("b", 0)] },
        { throttleTimeMs: 0, topics: [answer("b", 1), answer("c", 0)] },
        levels,
      ),
    ).toEqual({ throttleTimeMs: 5, topics: [answer("a", 0), answer("b", 0, 1), answer("c", 0)] });
  });
});
