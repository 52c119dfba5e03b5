import { int64, Kafka, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { cleanup } from "../../kit/cleanup.js";
import { eventually } from "../../kit/eventually.js";
import { freePort } from "../../kit/free-port.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { missingStreams, startWordCount } from "./word-count.js";

const lines = topic("lines", { value: string() });
const counts = topic("counts", { key: string(), value: int64() });
const vocabulary = Array.from({ length: 60 }, (_, index) => `word${index}`);

/** Words, some of them much more often than others. */
const sentence = (index: number): string =>
  Array.from(
    { length: 1 + (index % 5) },
    (_, place) => vocabulary[(index * (place + 3) + place ** 2) % (place < 2 ? 7 : 60)],
  ).join(" ");

describe.skipIf(missingStreams !== undefined)(
  `Kafka Streams${missingStreams === undefined ? "" : `: ${missingStreams}`}`,
  () => {
    it("counts words exactly once while broker and application are killed", async () => {
      const config = { "group.initial.rebalance.delay.ms": 0 };
      const options = { dataDir: temporaryFolder("streams"), port: await freePort(), config };
      let broker = await startBroker(options);
      const kafka = new Kafka({ brokers: [broker.address] });
      cleanup(() => kafka.close());
      await kafka.admin().topics.create([
        { name: lines.name, partitions: 3 },
        { name: counts.name, partitions: 3 },
      ]);
      const start = () => startWordCount(broker.address, lines.name, counts.name, temporaryFolder("streams-state"));
      let application = start();

      // Every count of every word, as a consumer sees them that lives through it all.
      const seen = new Map<string, bigint[]>();
      let results = 0;
      const following = (async () => {
        for await (const { key, value } of kafka.reader({ topics: [counts] })) {
          seen.set(key, [...(seen.get(key) ?? []), value]);
          results += 1;
        }
      })();
      following.catch(() => {});

      const expected = new Map<string, number>();
      let words = 0;
      let sentences = 0;
      const producer = kafka.producer();
      const say = async (count: number): Promise<void> => {
        const said = Array.from({ length: count }, () => sentence(sentences++));
        for (const word of said.flatMap((each) => each.split(" "))) {
          expected.set(word, (expected.get(word) ?? 0) + 1);
          words += 1;
        }
        await Promise.all(said.map((value) => producer.send(lines, { value })));
      };
      const counted = (atLeast: number): Promise<unknown> =>
        eventually(() => results >= atLeast, { withinMs: 60_000, what: `${atLeast} counts (${results} so far)` });
      const restartBroker = async (): Promise<void> => {
        await broker.child.kill();
        broker = await startBroker(options);
      };

      await say(500);
      await counted(words / 3);
      await Promise.all([say(500), restartBroker()]);
      await counted(words / 2);
      await application.kill();
      application = start();
      await say(500);
      await counted(words / 2);
      await Promise.all([say(500), restartBroker()]);
      await counted(words).catch((error: unknown) => {
        throw new Error(`${application.lines.join("\n")}\n${application.errors.slice(-5_000)}`, { cause: error });
      });
      application.endInput();
      expect(await application.ended(), application.errors).toBe(0);

      // Nothing is counted twice, left out, or out of order.
      expect(Object.fromEntries(seen)).toEqual(
        Object.fromEntries(
          [...expected].map(([word, n]) => [word, Array.from({ length: n }, (_, index) => BigInt(index + 1))]),
        ),
      );
      const last = new Map<string, bigint>();
      for await (const { key, value } of kafka.reader({ topics: [counts], until: "end" })) last.set(key, value);
      expect(Object.fromEntries(last)).toEqual(Object.fromEntries([...expected].map(([word, n]) => [word, BigInt(n)])));

      const topics = (await kafka.admin().topics.list()).map(({ name }) => name);
      expect(topics).toEqual(expect.arrayContaining(["word-count-words-repartition", "word-count-counts-changelog"]));
    }, 180_000);
  },
);
