import { createRequire } from "node:module";
import { join } from "node:path";
import { DeserializationError, json, oneOf, string, topic, UnknownTypeError } from "@ottla/client";
import { createOutbox, createRelay } from "@ottla/outbox";
import { type LibsqlConnection, sqlite, tx } from "@ottla/outbox/libsql";
import { avro } from "@ottla/schema-registry/avro";
import { type Ottla, startOttla } from "@ottla/testing";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../kit/eventually.js";
import { temporaryFolder } from "../kit/temporary-folder.js";

const Database = createRequire(import.meta.url)("libsql") as new (path: string) => LibsqlConnection & { close(): void };

const event = (name: string, field: string) =>
  avro<{ [field: string]: string }>({
    type: "record",
    name,
    namespace: "shop",
    fields: [{ name: field, type: "string" }],
  });
const authorized = event("Authorized", "cents");
const failed = event("Failed", "reason");
const refunded = event("Refunded", "by");

/** What is written, and what a service that knows less of it reads. */
const inAvro = { payments: oneOf({ authorized, failed, refunded }), known: { authorized, failed } };
const inJson = {
  payments: oneOf({ authorized: json(), failed: json(), refunded: json() }),
  known: { authorized: json<{ cents: string }>(), failed: json<{ reason: string }>() },
};

async function start(written: typeof inAvro.payments | typeof inJson.payments): Promise<Ottla> {
  const ottla = await startOttla();
  onTestFinished(() => ottla.close());
  const payments = topic("payments", { key: string(), value: written, partitions: 1 });
  await ottla.kafka.contracts.apply([payments]);
  const producer = ottla.kafka.producer();
  for (const record of [
    { key: "p-1", type: "authorized", value: { cents: "5" } },
    { key: "p-1", type: "refunded", value: { by: "Asha" } },
    { key: "p-2", type: "failed", value: { reason: "limit" } },
    { key: "p-2", type: "refunded", value: { by: "Ben" } },
  ] as const) {
    await producer.send(payments, record);
  }
  return ottla;
}

async function all<T>(records: AsyncIterable<T>): Promise<readonly T[]> {
  const seen: T[] = [];
  for await (const record of records) seen.push(record);
  return seen;
}

const forms = [
  { title: "by their schemas", ...inAvro },
  { title: "by a header", ...inJson },
];

it.each(forms)(
  "leaves out events that a service does not know, told apart $title, and commits past them",
  async (form) => {
    const { kafka } = await start(form.payments);
    const payments = topic("payments", { key: string(), value: oneOf(form.known, { unknown: "skip" }) });
    const consumer = kafka.consumer({ groupId: "billing", topics: [payments], onPoison: "stop" });
    const seen: unknown[] = [];
    for await (const { offset, type, value } of consumer) {
      seen.push([offset, type, value]);
      if (seen.length === 2) break;
    }
    await consumer.close();
    expect(seen).toEqual([
      [0n, "authorized", { cents: "5" }],
      [2n, "failed", { reason: "limit" }],
    ]);
    const reader = kafka.reader({ topics: [payments], until: "end" });
    expect((await all(reader)).map(({ offset }) => offset)).toEqual([0n, 2n]);

    const again = kafka.consumer({
      groupId: "billing",
      topics: [payments],
      onPoison: "stop",
      autoCommitIntervalMs: 20,
    });
    const types: unknown[] = [];
    const stop = new AbortController();
    const running = again.run({ payments: async ({ type }) => void types.push(type) }, { signal: stop.signal });
    const { offsets } = kafka.admin();
    await eventually(async () => (await offsets.committed("billing"))[0]?.offset === 4n, { what: "the last offset" });
    stop.abort();
    await running.catch(() => {});
    expect(types).toEqual(["failed"]);
  },
);

it.each(forms)("has unknown events decided by onPoison, told apart $title", async (form) => {
  const { kafka } = await start(form.payments);
  const payments = topic("payments", { key: string(), value: oneOf(form.known) });
  const poison: unknown[] = [];
  const reader = kafka.reader({
    topics: [payments],
    until: "end",
    onPoison: ({ offset, error }) => {
      expect(error).toBeInstanceOf(DeserializationError);
      expect(error.cause).toBeInstanceOf(UnknownTypeError);
      poison.push([offset, (error.cause as UnknownTypeError).type]);
    },
  });
  expect((await all(reader)).map(({ type }) => type)).toEqual(["authorized", "failed"]);
  const name = form.title === "by a header" ? "refunded" : "shop.Refunded";
  expect(poison).toEqual([
    [1n, name],
    [3n, name],
  ]);
});

it.each(forms)("gives unknown events raw, told apart $title", async (form) => {
  const { kafka } = await start(form.payments);
  const payments = topic("payments", { key: string(), value: oneOf(form.known, { unknown: "raw" }) });
  const records = await all(kafka.reader({ topics: [payments], until: "end" }));
  expect(records.map(({ type }) => type)).toEqual(["authorized", undefined, "failed", undefined]);
  for (const record of records) {
    if (record.type !== undefined) continue;
    expect(record.value.name?.toLowerCase()).toContain("refunded");
    expect(record.value.bytes).toEqual(record.rawValue);
  }
});

it("goes through an outbox with its type", async () => {
  const { kafka, registry } = await start(inAvro.payments);
  const settled = topic("settled", { key: string(), value: inAvro.payments });
  await kafka.contracts.apply([settled]);
  const path = join(temporaryFolder(), "shop.db");
  const database = new Database(path);
  const store = sqlite();
  store.migrate(database);
  const outbox = createOutbox({ store, registry });
  await outbox.prepare([settled]);
  database.exec("begin immediate");
  outbox.add(tx(database), settled, { key: "p-1", type: "failed", value: { reason: "limit" } });
  database.exec("commit");
  const stop = new AbortController();
  await using relay = createRelay({ store, connect: () => new Database(path), publisher: kafka.producer() });
  const running = relay.run({ signal: stop.signal });
  for await (const { key, type, value } of kafka.reader({ topics: [settled] })) {
    expect({ key, type, value }).toEqual({ key: "p-1", type: "failed", value: { reason: "limit" } });
    break;
  }
  stop.abort();
  await running.catch(() => {});
});
