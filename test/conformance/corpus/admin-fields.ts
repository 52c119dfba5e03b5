import { zeroUuid } from "@ottla/protocol";
import type { FieldScene } from "./field-cases.js";
import { makeTopic, newTopic } from "./scene.js";

const acl = { operation: 3, permissionType: 3 };
const binding = { resourceType: 2, resourcePatternType: 3, principal: "User:someone", host: "*", ...acl };
const filter = { resourceTypeFilter: 2, patternTypeFilter: 3, principalFilter: null, hostFilter: null, ...acl };
const topicType = 2;

/** The APIs of topics, configuration and the cluster. */
export const adminFields: readonly FieldScene[] = [
  {
    api: "Metadata",
    async body(talk) {
      const { name } = await makeTopic(talk);
      const operations = { includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false };
      return { topics: [{ topicId: zeroUuid, name }], allowAutoTopicCreation: false, ...operations };
    },
  },
  { api: "ApiVersions", body: () => ({ clientSoftwareName: "conformance", clientSoftwareVersion: "1.0" }) },
  {
    api: "DescribeCluster",
    body: () => ({ includeClusterAuthorizedOperations: false, endpointType: 1, includeFencedBrokers: false }),
  },
  {
    api: "CreateTopics",
    isUsedUp: true,
    // More partitions than either would make; and a name of two brokers' making is the same topic.
    leftAlone: /numPartitions=2147483647$|^timeoutMs/,
    body: (talk) => ({
      topics: [newTopic(talk.name("topic"), 2, { "retention.ms": "1000" })],
      timeoutMs: 10_000,
      validateOnly: false,
    }),
  },
  {
    api: "CreateTopics",
    called: "with assignments",
    isUsedUp: true,
    leftAlone: /^timeoutMs/,
    body: (talk) => ({
      topics: [
        {
          name: talk.name("topic"),
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [1] }],
          configs: [],
        },
      ],
      timeoutMs: 10_000,
      validateOnly: false,
    }),
  },
  {
    api: "DeleteTopics",
    versions: [0, 5],
    isUsedUp: true,
    leftAlone: /^timeoutMs/,
    body: async (talk) => ({ topicNames: [(await makeTopic(talk)).name], timeoutMs: 10_000 }),
  },
  {
    api: "DeleteTopics",
    versions: [6, 99],
    isUsedUp: true,
    leftAlone: /^timeoutMs/,
    body: async (talk) => ({ topics: [{ name: (await makeTopic(talk)).name, topicId: zeroUuid }], timeoutMs: 10_000 }),
  },
  {
    api: "CreatePartitions",
    isUsedUp: true,
    leftAlone: /count=2147483647$|^timeoutMs/,
    async body(talk) {
      const { name } = await makeTopic(talk);
      return {
        topics: [{ name, count: 2, assignments: [{ brokerIds: [1] }] }],
        timeoutMs: 10_000,
        validateOnly: false,
      };
    },
  },
  {
    api: "DescribeConfigs",
    async body(talk) {
      const { name } = await makeTopic(talk, 1, { "retention.ms": "1000" });
      const resources = [{ resourceType: topicType, resourceName: name, configurationKeys: ["retention.ms"] }];
      return { resources, includeSynonyms: false, includeDocumentation: false };
    },
  },
  {
    api: "IncrementalAlterConfigs",
    isUsedUp: true,
    async body(talk) {
      const { name } = await makeTopic(talk);
      const configs = [{ name: "retention.ms", configOperation: 0, value: "2000" }];
      return { resources: [{ resourceType: topicType, resourceName: name, configs }], validateOnly: false };
    },
  },
  {
    api: "AlterConfigs",
    // Kafka never answers this one.
    leftAlone: /^resources=first twice/,
    isUsedUp: true,
    async body(talk) {
      const { name } = await makeTopic(talk);
      const configs = [{ name: "retention.ms", value: "2000" }];
      return { resources: [{ resourceType: topicType, resourceName: name, configs }], validateOnly: false };
    },
  },
  {
    api: "DescribeTopicPartitions",
    async body(talk) {
      const { name } = await makeTopic(talk, 3);
      return { topics: [{ name }], responsePartitionLimit: 2, cursor: { topicName: name, partitionIndex: 1 } };
    },
  },
  {
    api: "DescribeLogDirs",
    body: async (talk) => ({ topics: [{ topic: (await makeTopic(talk)).name, partitions: [0] }] }),
  },
  {
    api: "DescribeQuorum",
    body: () => ({ topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] }),
  },
  {
    api: "ElectLeaders",
    body: async (talk) => ({
      electionType: 0,
      topicPartitions: [{ topic: (await makeTopic(talk)).name, partitions: [0] }],
      timeoutMs: 5_000,
    }),
    leftAlone: /^topicPartitions=null|^timeoutMs/,
  },
  {
    api: "AlterPartitionReassignments",
    leftAlone: /^timeoutMs/,
    isUsedUp: true,
    async body(talk) {
      const { name } = await makeTopic(talk);
      const partitions = [{ partitionIndex: 0, replicas: [1] }];
      return { timeoutMs: 5_000, allowReplicationFactorChange: true, topics: [{ name, partitions }] };
    },
  },
  {
    api: "ListPartitionReassignments",
    leftAlone: /^timeoutMs/,
    body: async (talk) => ({
      timeoutMs: 5_000,
      topics: [{ name: (await makeTopic(talk)).name, partitionIndexes: [0] }],
    }),
  },
  {
    api: "UpdateFeatures",
    leftAlone: /^timeoutMs|maxVersionLevel=0/,
    body: () => ({
      timeoutMs: 5_000,
      featureUpdates: [{ feature: "no.such.feature", maxVersionLevel: 1, allowDowngrade: false, upgradeType: 1 }],
      validateOnly: true,
    }),
  },
  { api: "DescribeAcls", body: () => ({ ...filter, resourceNameFilter: null }) },
  { api: "CreateAcls", body: (talk) => ({ creations: [{ ...binding, resourceName: talk.name("topic") }] }) },
  { api: "DeleteAcls", body: (talk) => ({ filters: [{ ...filter, resourceNameFilter: talk.name("topic") }] }) },
  { api: "ListConfigResources", body: () => ({ resourceTypes: [topicType] }) },
  {
    api: "AlterReplicaLogDirs",
    async body(talk) {
      return { dirs: [{ path: "/nowhere", topics: [{ name: (await makeTopic(talk)).name, partitions: [0] }] }] };
    },
  },
];
