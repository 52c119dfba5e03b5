import { deadLetterOf, deadLetterReason, json, type Kafka, topic } from "@ottla/client";
import { expect, it } from "vitest";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour, recordsOf } from "./target.js";

async function committed(kafka: Kafka, groupId: string, name: string): Promise<bigint> {
  const offsets = await kafka.admin().offsets.committed(groupId);
  return offsets.filter((each) => each.topic === name).reduce((sum, { offset }) => sum + (offset ?? 0n), 0n);
}

describeBehaviour("records that fail", (on) => {
  async function written(count: number) {
    const contract = await on.topic({ partitions: 2 });
    const kafka = on.kafka();
    const producer = kafka.producer();
    const sent = Array.from({ length: count }, (_, n) => ({
      key: `k-${n % 5}`,
      value: `v-${n}`,
      rawHeaders: [{ key: "trace", value: Buffer.from(`t-${n}`) }],
    }));
    await producer.sendBatch(contract, sent);
    return { contract, kafka, groupId: on.unique("group") };
  }

  it("are handled again in place, in the order of their keys", async () => {
    const { contract, kafka, groupId } = await written(60);
    const done: { readonly key: string | null; readonly n: number }[] = [];
    const failures = new Map<string, number>();
    const stop = new AbortController();
    await kafka.consumer({ groupId, topics: [contract] }).run(
      ({ key, value }) => {
        const n = Number(value?.slice(2));
        const before = failures.get(`${value}`) ?? 0;
        failures.set(`${value}`, before + 1);
        if (n % 7 === 0 && before < 2) throw new Error("not now");
        done.push({ key, n });
        if (done.length === 60) stop.abort();
      },
      { concurrency: 8, orderBy: "key", retry: { attempts: 3, initialMs: 5 }, signal: stop.signal },
    );
    for (const key of new Set(done.map((each) => each.key))) {
      const order = done.filter((each) => each.key === key).map(({ n }) => n);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it("go through retry topics that the run makes, and end in a dead-letter topic, none lost", async () => {
    const { contract, kafka, groupId } = await written(40);
    const attempts = new Map<string, number>();
    const done = new Set<string>();
    const consumer = kafka.consumer({ groupId, topics: [contract], autoCommitIntervalMs: 50 });
    const running = consumer.run(
      ({ topic: name, value, offset, partition }) => {
        expect(name).toBe(contract.name);
        const at = `${partition}/${offset}/${value}`;
        const before = attempts.get(at) ?? 0;
        attempts.set(at, before + 1);
        const n = Number(value?.slice(2));
        // Every tenth never succeeds, every fourth once it has waited.
        if (n % 10 === 0 || (n % 4 === 0 && before < 2)) throw new TypeError(`attempt ${before + 1}`);
        done.add(`${value}`);
      },
      { retryTopics: ["100ms", "300ms"], onFailure: "deadLetter", deadLetter: deadLetterOf(contract) },
    );
    await eventually(() => done.size === 36, { withinMs: 40_000 });
    const letters = await eventually(async () => {
      const all = await recordsOf(on.kafka(), deadLetterOf(contract));
      return all.length >= 4 && all;
    });
    expect(letters.map((letter) => `${letter.value}`).toSorted()).toEqual(["v-0", "v-10", "v-20", "v-30"]);
    // Forty records, each known by where it was read first, whichever topic it came back through.
    expect(attempts.size).toBe(40);
    for (const letter of letters) {
      expect(letter.rawHeaders[0]).toMatchObject({
        key: "trace",
        value: Buffer.from(`t-${`${letter.value}`.slice(2)}`),
      });
      expect(deadLetterReason(letter)).toMatchObject({
        topic: contract.name,
        group: groupId,
        attempt: 3,
        errorClass: "TypeError",
        errorMessage: "attempt 3",
      });
    }
    await eventually(async () => (await committed(kafka, groupId, contract.name)) === 40n);
    await consumer.close();
    await running;
    const made = await kafka.admin().topics.list();
    const names = [
      `${contract.name}.${groupId}.retry.100ms`,
      `${contract.name}.${groupId}.retry.300ms`,
      `${contract.name}.dlq`,
    ];
    expect(names.filter((name) => !made.some((each) => each.name === name))).toEqual([]);
  });

  it("that cannot be decoded go to the dead-letter topic with their bytes", async () => {
    const { contract, kafka, groupId } = await written(3);
    const asJson = topic(contract.name, { value: json<{ readonly n: number }>() });
    await kafka.producer().send(contract, { key: "k", value: '{"n":1}' });
    const consumer = kafka.consumer({ groupId, topics: [asJson], onPoison: "deadLetter" });
    for await (const { value } of consumer) {
      expect(value).toEqual({ n: 1 });
      break;
    }
    await consumer.close();
    const letters = await recordsOf(kafka, deadLetterOf(contract));
    // The partition of the one good record may have come first.
    for (const letter of letters) {
      expect(`${letter.value}`).toMatch(/^v-\d$/);
      expect(deadLetterReason(letter)).toMatchObject({ attempt: 0, errorClass: "DeserializationError" });
    }
  });
});
