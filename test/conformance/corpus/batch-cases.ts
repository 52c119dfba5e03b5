import { crc32c } from "@ottla/protocol";
import type { Case } from "../case.js";
import { type Served, versionsOf } from "../served.js";
import { batchOf, fetchBody, makeTopic, produceBody, someTime } from "./scene.js";

// Where the fields of a batch stand.
const at = { length: 8, leaderEpoch: 12, magic: 16, crc: 17, attributes: 21, lastDelta: 23, baseTime: 27, maxTime: 35 };
const producerAt = { id: 43, epoch: 51, sequence: 53, count: 57 };

/** A batch spoiled by `change`, its checksum right again. */
function spoiled(change: (batch: Buffer) => void, batch = Buffer.from(batchOf(["one", "two"]))): Buffer {
  change(batch);
  batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc);
  return batch;
}

const plain = () => Buffer.from(batchOf(["one", "two"]));

/** Records as a producer must not send them, or may, by what is odd about them. */
const oddities: Readonly<Record<string, () => Uint8Array>> = {
  "a batch": plain,
  gzip: () => batchOf(["one", "two"], { compression: "gzip" }),
  snappy: () => batchOf(["one", "two"], { compression: "snappy" }),
  lz4: () => batchOf(["one", "two"], { compression: "lz4" }),
  zstd: () => batchOf(["one", "two"], { compression: "zstd" }),
  "two batches": () => Buffer.concat([plain(), plain()]),
  "a record without value": () => batchOf(["one"], { record: { value: null } }),
  "a record without key": () => batchOf(["one"], { record: { key: null } }),
  "headers, one twice": () =>
    batchOf(["one"], { record: { headers: [header("a", "1"), header("a", null), header("", "2"), header("é", "3")] } }),
  "times that go back": () => {
    const batch = batchOf(["one", "two"], { record: { timestamp: someTime } });
    return Buffer.from(batch);
  },
  "no time": () => batchOf(["one"], { record: { timestamp: -1 } }),
  "time before -1": () => batchOf(["one"], { record: { timestamp: -2 } }),
  "time 0": () => batchOf(["one"], { record: { timestamp: 0 } }),
  "time in 2100": () => batchOf(["one"], { record: { timestamp: 4_102_444_800_000 } }),
  "a wrong checksum": () => {
    const batch = plain();
    batch.writeUInt32BE(batch.readUInt32BE(at.crc) ^ 1, at.crc);
    return batch;
  },
  "a value changed under its checksum": () => {
    const batch = plain();
    batch.writeUInt8(0x5f, batch.length - 2);
    return batch;
  },
  "magic 3": () => spoiled((batch) => batch.writeInt8(3, at.magic)),
  "magic -1": () => spoiled((batch) => batch.writeInt8(-1, at.magic)),
  "magic 1 in the place of 2": () => spoiled((batch) => batch.writeInt8(1, at.magic)),
  "magic 0 in the place of 2": () => spoiled((batch) => batch.writeInt8(0, at.magic)),
  "a count too high": () => spoiled((batch) => batch.writeInt32BE(3, producerAt.count)),
  "a count too low": () => spoiled((batch) => batch.writeInt32BE(1, producerAt.count)),
  "count 0": () => spoiled((batch) => batch.writeInt32BE(0, producerAt.count)),
  "count -1": () => spoiled((batch) => batch.writeInt32BE(-1, producerAt.count)),
  "a huge count": () => spoiled((batch) => batch.writeInt32BE(2 ** 31 - 1, producerAt.count)),
  "a last offset too high": () => spoiled((batch) => batch.writeInt32BE(5, at.lastDelta)),
  "a last offset too low": () => spoiled((batch) => batch.writeInt32BE(0, at.lastDelta)),
  "last offset -1": () => spoiled((batch) => batch.writeInt32BE(-1, at.lastDelta)),
  "a higher max time": () => spoiled((batch) => batch.writeBigInt64BE(BigInt(someTime + 50), at.maxTime)),
  "max time -1": () => spoiled((batch) => batch.writeBigInt64BE(-1n, at.maxTime)),
  "base time -5": () => spoiled((batch) => batch.writeBigInt64BE(-5n, at.baseTime)),
  "a length too long": () => spoiled((batch) => batch.writeInt32BE(batch.length, at.length)),
  "a length too short": () => spoiled((batch) => batch.writeInt32BE(batch.length - 20, at.length)),
  "length 0": () => spoiled((batch) => batch.writeInt32BE(0, at.length)),
  "length -1": () => spoiled((batch) => batch.writeInt32BE(-1, at.length)),
  "the last byte missing": () => plain().subarray(0, -1),
  "half a batch": () => plain().subarray(0, 40),
  "a whole batch and half of one": () => Buffer.concat([plain(), plain().subarray(0, 40)]),
  "a whole batch and 5 bytes": () => Buffer.concat([plain(), Buffer.alloc(5)]),
  "a whole batch and one of a wrong checksum": () =>
    Buffer.concat([plain(), spoiled((batch) => batch.fill(0xff, at.magic + 1, at.attributes))]),
  "a base offset": () => batchOf(["one", "two"], { baseOffset: 77 }),
  "a leader epoch": () => batchOf(["one", "two"], { leaderEpoch: 9 }),
  "a control batch": () => batchOf(["one"], { isControl: true }),
  "a control batch of a transaction": () =>
    batchOf(["one"], { isControl: true, isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }),
  "a transaction's batch without a transaction": () => batchOf(["one"], { isTransactional: true }),
  "the bit of log append time": () => spoiled((batch) => batch.writeInt16BE(0x08, at.attributes)),
  "the bit of a delete horizon": () => spoiled((batch) => batch.writeInt16BE(0x40, at.attributes)),
  "bits without a meaning": () => spoiled((batch) => batch.writeInt16BE(0x700, at.attributes)),
  "compression 5": () => spoiled((batch) => batch.writeInt16BE(5, at.attributes)),
  "compression 7": () => spoiled((batch) => batch.writeInt16BE(7, at.attributes)),
  "plain records called gzip": () => spoiled((batch) => batch.writeInt16BE(1, at.attributes)),
  "plain records called snappy": () => spoiled((batch) => batch.writeInt16BE(2, at.attributes)),
  "plain records called lz4": () => spoiled((batch) => batch.writeInt16BE(3, at.attributes)),
  "plain records called zstd": () => spoiled((batch) => batch.writeInt16BE(4, at.attributes)),
  "gzip called plain": () =>
    spoiled(
      (batch) => batch.writeInt16BE(0, at.attributes),
      Buffer.from(batchOf(["one", "two"], { compression: "gzip" })),
    ),
  "a sequence without producer": () => batchOf(["one"], { baseSequence: 3 }),
  "a producer without sequence": () => batchOf(["one"], { producerId: 77, producerEpoch: 0 }),
  "a producer without epoch": () => batchOf(["one"], { producerId: 77, baseSequence: 0 }),
  "a record's length wrong": () => spoiled((batch) => batch.writeUInt8(batch.readUInt8(61) + 2, 61)),
  "a record's length negative": () => spoiled((batch) => batch.writeUInt8(1, 61)),
  "a record's attributes set": () => spoiled((batch) => batch.writeUInt8(0xff, 62)),
  "a record's offset wrong": () => spoiled((batch) => batch.writeUInt8(4, 64)),
  "a record's key longer than the record": () => spoiled((batch) => batch.writeUInt8(0x7e, 65)),
  "1,100,000 bytes": () => batchOf(["x".repeat(1_100_000)]),
  "1,100,000 bytes of gzip that are few": () => batchOf(["x".repeat(1_100_000)], { compression: "gzip" }),
  "a hundred records": () => batchOf(Array.from({ length: 100 }, (_, index) => `record ${index}`)),
};

const header = (key: string, value: string | null) => ({ key, value: value === null ? null : Buffer.from(value) });

const topics: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a topic": {},
  "a compacted topic": { "cleanup.policy": "compact" },
  "a topic of log append time": { "message.timestamp.type": "LogAppendTime" },
  "a topic of strict times": { "message.timestamp.before.max.ms": "1000", "message.timestamp.after.max.ms": "1000" },
  "a topic of small records": { "max.message.bytes": "70" },
  "a topic of gzip": { "compression.type": "gzip" },
  "a topic of lz4": { "compression.type": "lz4" },
  "a topic of plain records": { "compression.type": "uncompressed" },
};

/** Every odd batch to a topic, in every version of Produce; and to topics of all kinds in the newest that has names. */
export const batchCases = (served: Served): readonly Case[] => [
  ...versionsOf(served, "Produce").map((version) => caseOf("a topic", version)),
  ...Object.keys(topics)
    .slice(1)
    .map((kind) => caseOf(kind, 12)),
];

const caseOf = (kind: string, version: number): Case => ({
  title: `batches to ${kind} v${version}`,
  async run(talk) {
    const labels = Object.entries(oddities);
    // A partition for each, so that a batch let in wrongly changes nothing for the next.
    const topic = await makeTopic(talk, labels.length, topics[kind]);
    for (const [index, [label, make]] of labels.entries()) {
      const [asked] = produceBody(topic, null).topicData;
      const topicData = [{ ...asked, partitionData: [{ index, records: make() }] }];
      await talk.ask(label, "Produce", version, produceBody(topic, null, { topicData }));
      const partition = { partition: index, partitionMaxBytes: 10_000_000 };
      await talk.ask(`${label}: what was written`, "Fetch", 12, fetchBody(topic, partition, { maxBytes: 20_000_000 }));
    }
  },
});
