import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  AssignerProtocol,
  ConfigResourceTypes,
  ConfigSource,
  KafkaJSAggregateError,
  KafkaJSDeleteGroupsError,
  KafkaJSDeleteTopicRecordsError,
  KafkaJSNonRetriableError,
  KafkaJSProtocolError,
  ResourcePatternTypes,
} from "@ottla/kafkajs";
import { describe, expect, it } from "vitest";
import { brokerAndKafka } from "./broker-and-kafka.js";

const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe("an admin", () => {
  it("makes, lists, describes, enlarges and deletes topics", async () => {
    const { admin } = await brokerAndKafka();
    const topics = [
      { topic: "a", numPartitions: 2, configEntries: [{ name: "cleanup.policy", value: "compact" }] },
      { topic: "b" },
    ];
    expect(await admin.createTopics({ topics, waitForLeaders: true })).toBe(true);
    expect(await admin.createTopics({ topics })).toBe(false);
    expect(await admin.createTopics({ topics: [{ topic: "c" }], validateOnly: true })).toBe(true);
    expect(await admin.listTopics()).toEqual(["a", "b"]);
    const refused = await caught(admin.createTopics({ topics: [{ topic: "bad name" }, { topic: "a" }] }));
    expect(refused).toBeInstanceOf(KafkaJSAggregateError);
    expect(refused).toMatchObject({
      errors: [
        { name: "KafkaJSCreateTopicError", topic: "bad name", type: "INVALID_TOPIC_EXCEPTION" },
        { type: "TOPIC_ALREADY_EXISTS", code: 36 },
      ],
    });
    await expect(admin.createTopics({ topics: [{ topic: "a" }, { topic: "a" }] })).rejects.toThrow(/twice/);
    await admin.createPartitions({ topicPartitions: [{ topic: "b", count: 3 }] });
    const described = await admin.fetchTopicMetadata({ topics: ["b"] });
    expect(described).toMatchObject({
      topics: [{ name: "b", partitions: [{ partitionId: 0, leader: 1, replicas: [1], isr: [1] }, {}, {}] }],
    });
    expect((await admin.fetchTopicMetadata()).topics.length).toBe(2);
    await expect(admin.fetchTopicMetadata({ topics: ["none"] })).rejects.toMatchObject({
      name: "KafkaJSNumberOfRetriesExceeded",
      cause: { type: "UNKNOWN_TOPIC_OR_PARTITION" },
    });
    await admin.deleteTopics({ topics: ["b"] });
    expect(await admin.listTopics()).toEqual(["a"]);
  });

  it("describes the cluster, and reads and changes configurations", async () => {
    const { broker, admin } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a", configEntries: [{ name: "retention.ms", value: "1000" }] }] });
    expect(await admin.describeCluster()).toEqual({
      brokers: [{ nodeId: 1, host: "127.0.0.1", port: broker.port }],
      controller: 1,
      clusterId: expect.any(String),
    });
    const read = async (configNames: string[]) => {
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: "a", configNames }];
      const described = await admin.describeConfigs({ resources, includeSynonyms: false });
      return described.resources[0]?.configEntries.map(({ configName, configValue, configSource, isDefault }) => {
        return [configName, configValue, configSource, isDefault];
      });
    };
    expect(await read(["retention.ms"])).toEqual([["retention.ms", "1000", ConfigSource.TOPIC_CONFIG, false]]);
    const configEntries = [{ name: "max.message.bytes", value: "2000" }];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: "a", configEntries }],
    });
    // What was not named is back at its default.
    expect(await read(["max.message.bytes", "retention.ms"])).toEqual([
      ["max.message.bytes", "2000", ConfigSource.TOPIC_CONFIG, false],
      ["retention.ms", "604800000", ConfigSource.DEFAULT_CONFIG, true],
    ]);
  });

  it("finds, sets and resets offsets, and deletes records", async () => {
    const { admin, producer } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a", numPartitions: 2 }] });
    const messages = [1_000, 2_000, 3_000].map((time) => ({ partition: 0, value: `${time}`, timestamp: `${time}` }));
    await producer.send({ topic: "a", messages });
    expect(await admin.fetchTopicOffsets("a")).toEqual([
      { partition: 0, offset: "3", high: "3", low: "0" },
      { partition: 1, offset: "0", high: "0", low: "0" },
    ]);
    const at = async (timestamp?: number) =>
      (await admin.fetchTopicOffsetsByTimestamp("a", timestamp)).map(({ offset }) => offset);
    expect([await at(1_500), await at(9_000), await at()]).toEqual([
      ["1", "0"],
      ["3", "0"],
      ["3", "0"],
    ]);
    const committed = async (options: { topics?: string[]; resolveOffsets?: boolean } = { topics: ["a"] }) =>
      (await admin.fetchOffsets({ groupId: "g", ...options })).map(({ partitions }) =>
        partitions.map(({ offset, metadata }) => [offset, metadata]),
      );
    expect(await committed()).toEqual([
      [
        ["-1", null],
        ["-1", null],
      ],
    ]);
    await admin.setOffsets({ groupId: "g", topic: "a", partitions: [{ partition: 0, offset: "2" }] });
    expect(await committed({})).toEqual([[["2", null]]]);
    expect(await committed({ topics: ["a"], resolveOffsets: true })).toEqual([
      [
        ["2", null],
        ["0", null],
      ],
    ]);
    await admin.resetOffsets({ groupId: "g", topic: "a", earliest: false });
    expect((await committed())[0]?.[0]).toEqual(["3", null]);
    await admin.deleteTopicRecords({ topic: "a", partitions: [{ partition: 0, offset: "2" }] });
    expect(await admin.fetchTopicOffsets("a")).toMatchObject([{ low: "2", high: "3" }, {}]);
    await admin.resetOffsets({ groupId: "g", topic: "a", earliest: true });
    expect((await committed())[0]?.[0]).toEqual(["2", null]);
    const refused = await caught(admin.deleteTopicRecords({ topic: "a", partitions: [{ partition: 0, offset: "9" }] }));
    expect(refused).toBeInstanceOf(KafkaJSDeleteTopicRecordsError);
    expect(refused).toMatchObject({
      partitions: [{ partition: 0, offset: "9", error: { type: "OFFSET_OUT_OF_RANGE" } }],
    });
  });

  it("lists, describes and deletes groups; offsets of a running one are not set", async () => {
    const { admin, producer, consumer } = await brokerAndKafka();
    await producer.send({ topic: "a", messages: [{ value: "1" }] });
    await consumer.subscribe({ topics: ["a"], fromBeginning: true });
    await consumer.run({ eachMessage: async () => {} });
    expect(await admin.listGroups()).toEqual({ groups: [{ groupId: "test-group", protocolType: "consumer" }] });
    const { groups } = await admin.describeGroups(["test-group", "none"]);
    expect(groups).toMatchObject([{ state: "Stable", members: [{ clientId: "my-app" }] }, { state: "Dead" }]);
    const [member] = groups[0]?.members ?? [];
    const { memberAssignment = Buffer.alloc(0), memberMetadata = Buffer.alloc(0) } = member ?? {};
    expect(AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment).toEqual({ a: [0] });
    expect(AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics).toEqual(["a"]);
    const refused = await caught(admin.deleteGroups(["test-group"]));
    expect(refused).toBeInstanceOf(KafkaJSDeleteGroupsError);
    expect(refused).toMatchObject({
      groups: [{ groupId: "test-group", errorCode: 68, error: { type: "NON_EMPTY_GROUP" } }],
    });
    const set = admin.setOffsets({ groupId: "test-group", topic: "a", partitions: [{ partition: 0, offset: "0" }] });
    await expect(set).rejects.toThrow(KafkaJSNonRetriableError);
    await consumer.disconnect();
    expect(await admin.deleteGroups(["test-group"])).toEqual([{ groupId: "test-group", errorCode: 0 }]);
  });

  it("asks for ACLs and reassignments by kafkajs's numbers", async () => {
    const { admin } = await brokerAndKafka();
    await admin.createTopics({ topics: [{ topic: "a" }] });
    const acl = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: "a",
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: "User:bob",
      host: "*",
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    };
    // The reference broker has no authorizer, as a cluster without one.
    expect(await caught(admin.createAcls({ acl: [acl] }))).toMatchObject({ errors: [{ type: "SECURITY_DISABLED" }] });
    expect(await caught(admin.describeAcls(acl))).toBeInstanceOf(KafkaJSProtocolError);
    expect(await caught(admin.deleteAcls({ filters: [acl] }))).toMatchObject({
      filterResponses: [{ errorCode: 54, matchingAcls: [] }],
    });
    await expect(admin.createAcls({ acl: [{ ...acl, operation: 99 as 3 }] })).rejects.toThrow(/no operation/);
    expect(await admin.listPartitionReassignments({})).toEqual({ topics: [] });
    const reassigned = admin.alterPartitionReassignments({
      topics: [{ topic: "a", partitionAssignment: [{ partition: 0, replicas: [7] }] }],
    });
    expect(await caught(reassigned)).toMatchObject({
      errors: [{ name: "KafkaJSAlterPartitionReassignmentsError", topic: "a", partition: 0 }],
    });
  });
});
