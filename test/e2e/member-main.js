// A member of a group in a process of its own: `node member-main.js '{"bootstrap":…,"topic":…,"group":…,"assignors":[…]}'`. Prints,
// each with the machine's monotonic time in nanoseconds, `assigned`, `revoked` and `lost` with partitions, and `handled` with partition,
// offset and value. SIGTERM closes it.
import { Kafka, string, topic } from "@ottla/client";

const { bootstrap, topic: name, group, assignors } = JSON.parse(process.argv[2] ?? "{}");
const say = (what, ...rest) => process.stdout.write(`${what} ${process.hrtime.bigint()} ${rest.join(" ")}\n`);

const kafka = new Kafka({ brokers: [bootstrap] });
const consumer = kafka.consumer({
  groupId: group,
  topics: [topic(name, { key: string(), value: string() })],
  assignors,
  sessionTimeoutMs: 1_500,
  heartbeatIntervalMs: 100,
  autoCommitIntervalMs: 50,
  maxWaitMs: 50,
  onRebalance: ({ kind, partitions }) => say(kind, partitions.map(({ partition }) => partition).join(",")),
});
process.once("SIGTERM", () => kafka.close());

for await (const { partition, offset, value } of consumer) say("handled", partition, offset, value);
say("ended");
