// The programs of the READMEs as one that must compile. What is not built yet is not here.

import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  type ConsumedRecord,
  ContractError,
  deadLetterOf,
  deadLetterReason,
  json,
  Kafka,
  oneOf,
  string,
  topic,
  topicsMatching,
} from "@ottla/client";
import { protobuf } from "@ottla/client/protobuf-es";
import { createInbox, createOutbox, createRelay } from "@ottla/outbox";
import { type LibsqlConnection, sqlite, transactions, tx } from "@ottla/outbox/libsql";
import { SchemaRegistry } from "@ottla/schema-registry";
import { avro } from "@ottla/schema-registry/avro";
import { startOttla } from "@ottla/testing";
import { z } from "zod";

// A topic is a contract.
export const orders = topic("orders", {
  key: string(),
  value: avro({
    type: "record",
    name: "Order",
    namespace: "shop",
    fields: [
      { name: "id", type: "string" },
      { name: "customer", type: "string" },
      { name: "cents", type: "long" },
      { name: "coupon", type: ["null", "string"], default: null },
    ],
  }),
  partitions: 6,
  config: { "retention.ms": 7 * 24 * 3_600_000 },
  owner: "shop",
  compatibility: "BACKWARD_TRANSITIVE",
});

interface Customer {
  readonly name: string;
}

export const customers = topic("customers", {
  key: string(),
  value: json<Customer>(),
  tombstones: true,
  config: { "cleanup.policy": "compact" },
});

// Several events on one topic, one order; narrows by record.type.
export const payments = topic("payments", {
  key: string(),
  value: oneOf({
    PaymentAuthorized: avro({
      type: "record",
      name: "PaymentAuthorized",
      namespace: "shop",
      fields: [{ name: "cents", type: "long" }],
    }),
    PaymentFailed: avro({
      type: "record",
      name: "PaymentFailed",
      namespace: "shop",
      fields: [{ name: "reason", type: "string" }],
    }),
  }),
});

// JSON by any Standard Schema validator, messages of protobuf-es.
const Refund = z.object({
  order: z.string(),
  at: z.iso.datetime().transform((text) => new Date(text)),
  reason: z.string().nullable().default(null),
});
export const refunds = topic("refunds", { key: string(), value: json(Refund) });
export const heartbeats = topic("heartbeats", { key: string(), value: protobuf(TimestampSchema) });

// Contracts against cluster and registry, before the first record.
export async function holdContracts(kafka: Kafka): Promise<void> {
  const contracts = [orders, payments, refunds, heartbeats];
  try {
    await kafka.contracts.verify(contracts);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    for (const { kind, message } of error.problems) console.error(kind, message);
  }
  const { steps, problems } = await kafka.contracts.plan(contracts);
  if (problems.length === 0 && steps.length > 0) await kafka.contracts.apply(contracts);
}

export async function sendEvents(kafka: Kafka): Promise<void> {
  const producer = kafka.producer();
  await producer.send(payments, { key: "p-1", type: "PaymentFailed", value: { reason: "limit" } });
  await producer.send(refunds, { key: "o-1", value: { order: "o-1", at: "2026-11-20T12:00:00Z" } });
  for await (const record of kafka.reader({ topics: [payments, refunds], until: "end" })) {
    if (record.topic === "refunds") console.log(record.value.at.getTime(), record.value.reason);
    else if (record.type === "PaymentAuthorized") console.log(record.value.cents * 2n);
    else console.log(record.value.reason);
  }
}

declare function bill(order: ConsumedRecord<typeof orders>["value"]): Promise<void>;
declare function remember(record: ConsumedRecord<typeof customers>): Promise<void>;

// Produce and consume.
export async function produceAndConsume(signal: AbortSignal): Promise<void> {
  const registry = new SchemaRegistry("http://127.0.0.1:8081", { autoRegister: true });
  const kafka = new Kafka({ brokers: ["127.0.0.1:9092"], registry });

  const producer = kafka.producer();
  const { partition, offset } = await producer.send(orders, {
    key: "o-1",
    value: { id: "o-1", customer: "c-7", cents: 1250n },
  });
  console.log(partition, offset);
  await producer.close();

  const consumer = kafka.consumer({ groupId: "billing", topics: [orders, customers], from: "earliest", signal });
  for await (const record of consumer) {
    if (record.topic === "orders") await bill(record.value);
  }

  await consumer.run(
    { orders: async (record) => bill(record.value), customers: async (record) => remember(record) },
    {
      concurrency: 64,
      orderBy: "key",
      retry: { attempts: 5, backoff: "exponential" },
      onFailure: "deadLetter",
      onPoison: "deadLetter",
      deadLetter: deadLetterOf(orders),
      signal,
    },
  );
}

// Give up the order of keys, and wait in topics; look at what failed for good.
export async function retryElsewhere(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: "billing", topics: [orders] });
  await consumer.run(
    { orders: async (record) => bill(record.value) },
    {
      retryTopics: ["10s", "1m"],
      onFailure: ({ record, error, attempts }) => console.log(record.key, error, attempts),
    },
  );
  for await (const letter of kafka.reader({ topics: [deadLetterOf(orders)], until: "end" })) {
    console.log(letter.value, deadLetterReason(letter)?.errorMessage);
  }
}

// Say by hand what is done, and where to read.
export async function readByHand(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: "audit", topics: [orders], settle: "manual", from: { timestamp: 0 } });
  for await (const batch of consumer.batches({ maxRecords: 100 })) {
    consumer.pause({ topic: batch.topic, partition: batch.partition });
    batch.done();
    await consumer.commit();
    consumer.resume({ topic: batch.topic, partition: batch.partition });
    if (!consumer.health().isHealthy) break;
  }
  await consumer.seek({ topic: "orders", partition: 0, to: "earliest" });

  const alone = kafka.consumer({ topics: [orders], assign: [{ topic: "orders", partition: 0, from: 42n }] });
  const regions = kafka.consumer({ groupId: "eu", topics: topicsMatching(/^orders\.eu\./) });
  console.log(alone.lag(), regions.health());
}

interface Invoice {
  readonly order: string;
  readonly cents: number;
}

export const invoices = topic("invoices", { key: string(), value: json<Invoice>() });

// Read, write and move on in one transaction.
export async function writeInTransactions(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({ transactionalId: "invoicing" });
  const consumer = kafka.consumer({ groupId: "invoicing", topics: [orders], autoCommit: false });
  for await (const { topic, partition, offset, value } of consumer) {
    await producer.transaction(async (tx) => {
      void tx.send(invoices, { key: value.id, value: { order: value.id, cents: Number(value.cents) } });
      void tx.commitOffsets(consumer.groupMetadata(), [{ topic, partition, offset: offset + 1n }]);
    });
  }
}

// The same, with what belongs to it.
export async function exactlyOnce(kafka: Kafka, signal: AbortSignal): Promise<void> {
  await kafka.exactlyOnce({ groupId: "invoicing", topics: [orders], into: [invoices], signal }, async (batch, tx) => {
    for (const { value } of batch) {
      void tx.send(invoices, { key: value.id, value: { order: value.id, cents: Number(value.cents) } });
    }
  });
}

// Move a group, with a look at it first.
export async function moveGroup(kafka: Kafka): Promise<void> {
  const plan = await kafka.admin().groups.planReset("billing", { topics: [orders], to: { shift: -100 } });
  console.table(plan.partitions);
  for (const { topic, partition, error } of await plan.apply())
    if (error) console.error(topic, partition, error.message);
}

// Inside a test.
export async function insideATest(): Promise<void> {
  await using ottla = await startOttla();
  await ottla.kafka.contracts.apply([orders]);
  ottla.broker.faults.on("Produce", { topic: "orders", times: 1 }).reply("NOT_LEADER_OR_FOLLOWER");

  await using manual = await startOttla({ clock: "manual" });
  await manual.clock.advance("30s");
}

// Outbox, relay, inbox.
export async function outboxRelayInbox(
  database: LibsqlConnection,
  connect: () => LibsqlConnection,
  kafka: Kafka,
  signal: AbortSignal,
): Promise<void> {
  const store = sqlite();
  store.migrate(database);
  const outbox = createOutbox({ store });
  await outbox.prepare([customers]);

  database.exec("begin immediate");
  database.exec("insert into customers …");
  outbox.add(tx(database), customers, { key: "c-7", value: { name: "Asha" } });
  database.exec("commit");

  await using relay = createRelay({ store, connect, publisher: kafka.producer() });
  await relay.run({ signal });

  const inbox = createInbox({ store, consumer: "mailing" });
  const consumer = kafka.consumer({ groupId: "mailing", topics: [customers] });
  await consumer.run({
    customers: inbox.handler(transactions(database), (within, record) =>
      within.query("insert into mails (customer) values (?)", [record.key]),
    ),
  });
}
