import { bytes, Kafka, type RawRecord, topic } from "@ottla/client";
import { beforeEach, describe, expect, it } from "vitest";
import { startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { type ForeignClient, type ForeignReceived, type ForeignRecord, ForeignSession } from "./foreign-client.js";
import { numbered } from "./numbered-records.js";
import { type SampleTitle, sampleRecords } from "./sample-records.js";
import { type ItCan, itDoesTransactions } from "./transaction-scenarios.js";

const config = { "num.partitions": 3, "group.initial.rebalance.delay.ms": 0 };
const orders = topic("orders", { value: bytes(), tombstones: true });
const titles = Object.keys(sampleRecords) as SampleTitle[];

/** What every foreign client is asked to do against our broker, in a process of its own on a data folder. */
export function describeForeignClient(client: ForeignClient): void {
  describe.skipIf(client.missing !== undefined)(
    client.missing === undefined ? client.name : `${client.name}: ${client.missing}`,
    () => {
      let bootstrap: string;
      let session: ForeignSession;
      beforeEach(async () => {
        const broker = await startBroker({ dataDir: temporaryFolder("interop"), config });
        bootstrap = broker.address;
        session = new ForeignSession(client, bootstrap);
      });
      const our = (): Kafka => {
        const kafka = new Kafka({ brokers: [bootstrap] });
        cleanup(() => kafka.close());
        return kafka;
      };
      const itCan: ItCan = (needed, title, body) => {
        const [reason] = needed.flatMap((command) => client.unable[command] ?? []);
        it(title, async (context) => {
          if (reason !== undefined) context.skip(reason);
          await body();
        });
      };
      const samplesBut = (unable: ForeignClient["unableToSend"]): readonly ForeignRecord[] =>
        titles.filter((title) => unable[title] === undefined).map((title) => sampleRecords[title]);

      it("makes a topic by writing to it, with the broker's number of partitions", async () => {
        await session.ask("produce", { topic: "orders", records: numbered(10) });
        expect(await session.ask("listTopics", {})).toMatchObject({ orders: 3 });
        expect(await session.ask("consume", { topic: "orders", count: 10 })).toHaveLength(10);
      });

      it.each(client.codecs)("writes and reads keys, headers and nulls byte for byte (%s)", async (codec) => {
        await our()
          .admin()
          .topics.create([{ name: "orders", partitions: 1 }]);
        const samples = samplesBut({ ...client.unableToSend, ...client.unableToShow });
        await session.ask("produce", { topic: "orders", records: samples, codec });
        const read = await session.ask("consume", { topic: "orders", count: samples.length });
        expect(read.map(content)).toEqual(samples.map(content));
        expect(read.map(({ offset }) => offset)).toEqual(samples.map((_, index) => index));
        expect((await readByUs(our(), samples.length)).map(content)).toEqual(samples.map(content));
      });

      it.each(client.codecs)("reads what our producer wrote (%s)", async (compression) => {
        const kafka = our();
        await kafka.admin().topics.create([{ name: "orders", partitions: 1 }]);
        const samples = samplesBut(client.unableToShow);
        const producer = kafka.producer({ compression });
        await Promise.all(samples.map((record) => producer.sendRaw(raw(record))));
        const read = await session.ask("consume", { topic: "orders", count: samples.length });
        expect(read.map(content)).toEqual(samples.map(content));
      });

      it("puts a key on the partition that our client puts it on", async () => {
        await our()
          .admin()
          .topics.create([{ name: "orders", partitions: 7 }]);
        const records = numbered(40);
        await session.ask("produce", { topic: "orders", records });
        const theirs = new Map(
          (await session.ask("consume", { topic: "orders", count: 40 })).map((each) => [each.key, each.partition]),
        );
        const producer = our().producer();
        const ours = await Promise.all(
          records.map(async (each) => [each.key, (await producer.sendRaw(raw(each))).partition] as const),
        );
        if (client.otherPartitioner !== undefined) {
          expect(new Set(theirs.values()).size).toBeGreaterThan(1);
        } else {
          expect([...theirs]).toEqual(expect.arrayContaining(ours.map((each) => [...each])));
        }
      });

      it("goes on in a group where another member committed", async () => {
        await our()
          .admin()
          .topics.create([{ name: "orders", partitions: 3 }]);
        await session.ask("produce", { topic: "orders", records: numbered(60) });
        const first = await session.ask("consumeAsGroup", { topic: "orders", group: "billing", count: 25 });
        const second = await new ForeignSession(client, bootstrap).ask("consumeAsGroup", {
          topic: "orders",
          group: "billing",
          count: 35,
        });
        expect(new Set([...first, ...second].map(place)).size).toBe(60);
        const committed = await our().admin().offsets.committed("billing");
        expect(committed.reduce((sum, { offset }) => sum + Number(offset), 0)).toBe(60);
      });

      itCan(["idempotent"], "writes idempotently, in order and without gaps", async () => {
        await our()
          .admin()
          .topics.create([{ name: "orders", partitions: 1 }]);
        const records = numbered(2_000);
        await session.ask("produce", {
          topic: "orders",
          records,
          idempotent: true,
          codec: client.codecs.at(-1) ?? "none",
        });
        const read = await session.ask("consume", { topic: "orders", count: records.length });
        expect(read.map(({ offset, key }) => [offset, key])).toEqual(records.map(({ key }, index) => [index, key]));
      });

      itCan(["offsetAt"], "finds offsets by timestamp", async () => {
        const kafka = our();
        await kafka.admin().topics.create([{ name: "orders", partitions: 1 }]);
        const producer = kafka.producer();
        for (let index = 0; index < 10; index += 1) {
          await producer.sendRaw({
            ...raw(numbered(1)[0] as ForeignRecord),
            timestamp: 1_700_000_000_000 + index * 1_000,
          });
        }
        const offsetAt = (timestamp: number) => session.ask("offsetAt", { topic: "orders", partition: 0, timestamp });
        expect(await offsetAt(1_700_000_000_000)).toBe(0);
        expect(await offsetAt(1_700_000_004_001)).toBe(5);
        expect(await offsetAt(1_700_000_009_000)).toBe(9);
        // Behind the last record there is none: Kafka says -1, which clients show as such, as none, or as the end.
        expect([-1, 10]).toContain(await offsetAt(1_800_000_000_000));
      });

      itCan(["createTopic", "describeConfig", "deleteTopic"], "creates, describes and deletes topics", async () => {
        const config = { "retention.ms": "3600000", "cleanup.policy": "compact" };
        await session.ask("createTopic", { topic: "customers", partitions: 5, config });
        expect(await session.ask("listTopics", {})).toMatchObject({ customers: 5 });
        expect(await session.ask("describeConfig", { topic: "customers" })).toMatchObject({
          ...config,
          "max.message.bytes": "1048588",
        });
        await expect(session.ask("createTopic", { topic: "customers", partitions: 5, config })).rejects.toThrow(
          /exist/i,
        );
        await session.ask("deleteTopic", { topic: "customers" });
        expect(await session.ask("listTopics", {})).not.toHaveProperty("customers");
      });

      itDoesTransactions(itCan, () => ({ session, kafka: our() }));
    },
  );
}

const base64Of = (content: Uint8Array | null): string | null =>
  content === null ? null : Buffer.from(content).toString("base64");
const bytesOf = (base64: string | null): Buffer | null => (base64 === null ? null : Buffer.from(base64, "base64"));

function raw({ key, value, headers }: ForeignRecord): RawRecord {
  const named = headers.map(([name, header]) => ({ key: name, value: bytesOf(header) }));
  return { topic: orders.name, key: bytesOf(key), value: bytesOf(value), headers: named };
}

async function readByUs(kafka: Kafka, count: number): Promise<readonly ForeignRecord[]> {
  const read: ForeignRecord[] = [];
  for await (const { rawKey, rawValue, rawHeaders } of kafka.consumer({ groupId: "ours", topics: [orders] })) {
    const headers = rawHeaders.map(({ key, value }) => [key, base64Of(value)] as const);
    read.push({ key: base64Of(rawKey), value: base64Of(rawValue), headers });
    if (read.length === count) break;
  }
  return read;
}

const content = ({ key, value, headers }: ForeignRecord): unknown => ({ key, value, headers });
const place = ({ partition, offset }: ForeignReceived): string => `${partition}/${offset}`;
