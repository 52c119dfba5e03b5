import {
  ContractError,
  type ContractRegistry,
  json,
  Kafka,
  type KafkaProtocolError,
  oneOf,
  string,
  type Topic,
  type TopicDefinition,
  topic,
} from "@ottla/client";
import type { SchemaRegistry } from "@ottla/schema-registry";
import { avro } from "@ottla/schema-registry/avro";
import { type Ottla, startOttla } from "@ottla/testing";
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";

const id = { name: "id", type: "string" } as const;
const order = (...fields: object[]) => avro<object>({ type: "record", name: "Order", fields: [id, ...fields] });

type Definition = Partial<
  Omit<TopicDefinition<never, never, never, never>, "key" | "value" | "headers" | "tombstones">
>;
const ordersWith = (definition: Definition, value = order()): Topic =>
  topic("orders", { key: string(), value, owner: "shop", ...definition });

async function start(): Promise<Ottla> {
  const ottla = await startOttla();
  onTestFinished(() => ottla.close());
  return ottla;
}

const problemsOf = (promise: Promise<unknown>) =>
  promise.then(
    () => [],
    (error) => {
      if (!(error instanceof ContractError)) throw error;
      return error.problems.map(({ kind, message }) => `${kind}: ${message}`);
    },
  );

describe("contracts", () => {
  it("are applied once, verified, and then written to and read", async () => {
    const { kafka, registry } = await start();
    const payments = topic("payments", {
      key: string(),
      value: oneOf({ Authorized: order(), Failed: avro({ type: "record", name: "Failed", fields: [id] }) }),
    });
    const orders = ordersWith({
      partitions: 3,
      config: { "retention.ms": 1000 },
      compatibility: "FULL",
    });
    const contracts = [orders, payments];
    const { steps, problems } = await kafka.contracts.plan(contracts);
    expect(problems).toEqual([]);
    expect(steps).toMatchObject([
      { kind: "createTopic", topic: "orders", partitions: 3, config: { "retention.ms": 1000 } },
      { kind: "setCompatibility", subject: "orders-value", level: "FULL", was: "BACKWARD" },
      { kind: "registerSchema", subject: "orders-value" },
      { kind: "createTopic", topic: "payments", config: {} },
      { kind: "registerSchema", subject: "payments-Order" },
      { kind: "registerSchema", subject: "payments-Failed" },
    ]);
    await expect(kafka.contracts.verify(contracts)).rejects.toThrow(
      /^\[CONTRACT_NOT_MET\]\n {2}topic orders \(owner shop\): it does not exist\n {2}topic orders/,
    );
    expect(await kafka.admin().topics.list()).toEqual([]);

    expect(await kafka.contracts.apply(contracts)).toEqual(steps.map((step) => ({ step })));
    await kafka.contracts.verify(contracts);
    expect(await kafka.contracts.plan(contracts)).toEqual({ steps: [], problems: [] });
    expect(await kafka.contracts.apply(contracts)).toEqual([]);
    expect(await registry.compatibility("orders-value")).toBe("FULL");

    await kafka.producer().send(payments, { key: "p-1", type: "Failed", value: { id: "p-1" } });
    await kafka.producer().send(payments, { key: "p-1", type: "Authorized", value: { id: "p-2" } });
    for await (const record of kafka.reader({ topics: [payments], until: "end" })) {
      if (record.type === "Failed") expect(record.value.id).toBe("p-1");
      else expect(record).toMatchObject({ type: "Authorized", value: { id: "p-2" } });
    }
  });

  it("that grow are brought up to date", async () => {
    const { kafka } = await start();
    await kafka.contracts.apply([ordersWith({ partitions: 2, config: { "retention.ms": 1000, "segment.ms": 5000 } })]);
    const grown = ordersWith(
      { partitions: 5, config: { "retention.ms": 2000, "cleanup.policy": "compact,delete", "segment.ms": 5000 } },
      order({ name: "coupon", type: "string", default: "" }),
    );
    expect(await problemsOf(kafka.contracts.verify([grown]))).toEqual([
      "partitions: topic orders (owner shop): it has 2 partitions, the contract says 5",
      "config: topic orders (owner shop): retention.ms is 1000, the contract says 2000",
      "config: topic orders (owner shop): cleanup.policy is delete, the contract says compact,delete",
      "missingSchema: topic orders (owner shop): its schema is not registered in subject orders-value",
    ]);
    const outcomes = await kafka.contracts.apply([grown]);
    expect(outcomes.map(({ step }) => step)).toMatchObject([
      { kind: "addPartitions", from: 2, to: 5 },
      {
        kind: "alterConfig",
        set: { "retention.ms": "2000", "cleanup.policy": "compact,delete" },
        was: { "retention.ms": "1000", "cleanup.policy": "delete" },
      },
      { kind: "registerSchema" },
    ]);
    await kafka.contracts.verify([grown]);
  });

  it("that ask for the impossible change nothing", async () => {
    const { kafka, registry } = await start();
    await kafka.contracts.apply([ordersWith({ partitions: 5 })]);
    const impossible = ordersWith(
      { partitions: 3, config: { "retention.ms": "a week" } },
      order({ name: "cents", type: "long" }),
    );
    const other = topic("other", { value: json(), config: { "no.such.setting": 1 } });
    const expected = [
      expect.stringMatching(/^partitions: .* 5 partitions, the contract says 3; partitions are never taken away$/),
      expect.stringMatching(/^incompatibleSchema: .*subject orders-value\n {4}.*READER_FIELD_MISSING_DEFAULT_VALUE/s),
      expect.stringMatching(/^refused: .*alter config: retention\.ms \d+ → a week: \[INVALID_CONFIG\]/),
      expect.stringMatching(/^refused: topic other: create: \[INVALID_CONFIG\]/),
    ];
    const { steps, problems } = await kafka.contracts.plan([impossible, other]);
    expect(steps).toEqual([]);
    expect(problems.map(({ kind, message }) => `${kind}: ${message}`)).toEqual(expected);
    expect(await problemsOf(kafka.contracts.apply([impossible, other]))).toEqual(expected);
    expect(await registry.versions("orders-value")).toEqual([1]);
    expect((await kafka.admin().topics.list()).map(({ name }) => name)).toEqual(["orders"]);
  });

  it("tell what failed, and what was done, when a step is refused on its way", async () => {
    const { kafka } = await start();
    await kafka.contracts.apply([ordersWith({ partitions: 1 })]);
    const error = await kafka.contracts
      .apply([ordersWith({ compatibility: "FULL" }, order({ name: "cents", type: "long" }))])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "CONTRACT_NOT_APPLIED",
      retriable: false,
      problems: [{ kind: "refused", step: { kind: "registerSchema" }, error: { code: "INCOMPATIBLE_SCHEMA" } }],
      outcomes: [{ step: { kind: "setCompatibility" } }, { step: { kind: "registerSchema" } }],
    });
  });

  it("of schemas need a registry, and each topic has one contract", async () => {
    const { broker } = await start();
    await using kafka = new Kafka({ brokers: [broker.bootstrap] });
    await kafka.admin().topics.create([{ name: "orders" }]);
    expect(await problemsOf(kafka.contracts.verify([ordersWith({})]))).toEqual([
      expect.stringContaining("missingRegistry: topic orders (owner shop): it has schemas, and no schema registry"),
    ]);
    await expect(kafka.contracts.verify([ordersWith({}), ordersWith({})])).rejects.toThrow(
      new RangeError("topic orders has two contracts"),
    );
  });

  it("that may not be looked at are told apart from those that are not met", async () => {
    const { kafka, broker } = await start();
    await kafka.contracts.apply([ordersWith({})]);
    broker.faults.on("DescribeConfigs").reply("TOPIC_AUTHORIZATION_FAILED");
    const error = await kafka.contracts
      .verify([ordersWith({ config: { "retention.ms": 1 } })])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      problems: [
        { kind: "refused", error: { code: "TOPIC_AUTHORIZATION_FAILED" } satisfies Partial<KafkaProtocolError> },
      ],
    });
  });

  it("ask of a registry what ours has", () => {
    expectTypeOf<SchemaRegistry>().toExtend<ContractRegistry>();
  });
});
