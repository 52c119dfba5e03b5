// A member of a group: node member.js <bootstrap> <topic> <group>. Prints as test/e2e/member-main.js does; SIGTERM closes it.
import kafkajs from "kafkajs";

const { AssignerProtocol, Kafka, logLevel } = kafkajs;
const [bootstrap, topic, groupId] = process.argv.slice(2);
const say = (what, ...rest) => process.stdout.write(`${what} ${process.hrtime.bigint()} ${rest.join(" ")}\n`);

// Its own assigner has a name that nobody else knows; this one is Kafka's range for one topic.
const range = ({ cluster }) => ({
  name: "range",
  version: 1,
  async assign({ members }) {
    await cluster.addMultipleTargetTopics([topic]);
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    const names = members.map(({ memberId }) => memberId).sort();
    const share = Math.floor(partitions.length / names.length);
    const extra = partitions.length % names.length;
    return names.map((memberId, index) => {
      const from = index * share + Math.min(index, extra);
      const own = partitions.sort((a, b) => a - b).slice(from, from + share + (index < extra ? 1 : 0));
      return {
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: { [topic]: own } }),
      };
    });
  },
  protocol: ({ topics }) => ({
    name: "range",
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
});

const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId, partitionAssigners: [range], heartbeatInterval: 100, maxWaitTimeInMs: 50 });
let held = "";
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  held = (payload.memberAssignment[topic] ?? []).join(",");
  say("assigned", held);
});
// It says that a rebalance began, and gives everything up.
consumer.on(consumer.events.REBALANCING, () => {
  say("revoked", held);
  held = "";
});
process.once("SIGTERM", () => consumer.disconnect());
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ partition, message }) => {
    say("handled", partition, message.offset, message.value.toString());
    await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }]);
  },
});
