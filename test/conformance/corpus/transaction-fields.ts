import type { FieldScene } from "./field-cases.js";
import { makeTopic, stableGroup, transactionalProducer } from "./scene.js";

/** The APIs of transactions, each after what must come before it. */
export const transactionFields: readonly FieldScene[] = [
  {
    api: "InitProducerId",
    called: "of transactions",
    isUsedUp: true,
    async body(talk) {
      const { transactionalId, producerId, producerEpoch } = await transactionalProducer(talk);
      return { transactionalId, transactionTimeoutMs: 60_000, producerId, producerEpoch };
    },
  },
  {
    api: "AddPartitionsToTxn",
    versions: [0, 3],
    async body(talk) {
      const { transactionalId, producerId, producerEpoch } = await transactionalProducer(talk);
      const { name } = await makeTopic(talk);
      return {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name, partitions: [0] }],
      };
    },
  },
  {
    api: "AddPartitionsToTxn",
    versions: [4, 99],
    // Kafka never answers this one.
    leftAlone: /^transactions=none/,
    async body(talk) {
      const producer = await transactionalProducer(talk);
      const { name } = await makeTopic(talk);
      return { transactions: [{ ...producer, verifyOnly: false, topics: [{ name, partitions: [0] }] }] };
    },
  },
  {
    api: "AddOffsetsToTxn",
    async body(talk) {
      return { ...(await transactionalProducer(talk)), groupId: talk.name("group") };
    },
  },
  {
    api: "EndTxn",
    isUsedUp: true,
    async body(talk) {
      const producer = await transactionalProducer(talk);
      const { groupId } = await stableGroup(talk);
      await talk.quietly("AddOffsetsToTxn", 3, { ...producer, groupId });
      return { ...producer, committed: true };
    },
  },
  {
    api: "TxnOffsetCommit",
    // The group without a name is the same for all cases.
    leftAlone: /^groupId=empty/,
    async body(talk) {
      const producer = await transactionalProducer(talk);
      const groupId = talk.name("group");
      await talk.quietly("AddOffsetsToTxn", 3, { ...producer, groupId });
      const { name, id } = await makeTopic(talk);
      const partitions = [
        { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: "note" },
      ];
      const member = { generationIdOrMemberEpoch: -1, memberId: "", groupInstanceId: null };
      return { ...producer, groupId, ...member, topics: [{ name, topicId: id, partitions }] };
    },
  },
  {
    api: "DescribeTransactions",
    async body(talk) {
      return { transactionalIds: [(await transactionalProducer(talk)).transactionalId] };
    },
  },
  {
    api: "ListTransactions",
    async body(talk) {
      const { transactionalId, producerId } = await transactionalProducer(talk);
      const filters = { stateFilters: ["Empty"], producerIdFilters: [producerId], durationFilter: -1 };
      return { ...filters, transactionalIdPattern: transactionalId };
    },
  },
  {
    api: "WriteTxnMarkers",
    // Kafka waits for as many answers as there are names, gets one, and never answers.
    leftAlone: /(topics|partitionIndexes)=first twice/,
    isUsedUp: true,
    async body(talk) {
      const { producerId, producerEpoch } = await transactionalProducer(talk);
      const { name } = await makeTopic(talk);
      const topics = [{ name, partitionIndexes: [0] }];
      const marker = {
        producerId,
        producerEpoch,
        transactionResult: true,
        topics,
        coordinatorEpoch: 0,
        transactionVersion: 0,
      };
      return { markers: [marker] };
    },
  },
];
