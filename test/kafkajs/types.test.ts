import * as ours from "@ottla/kafkajs";
import type * as theirs from "kafkajs";
import kafkajs from "kafkajs";
import { describe, expect, expectTypeOf, it } from "vitest";

describe("the module", () => {
  it("has all that kafkajs exports, and of the same type", () => {
    const assigned: typeof theirs = ours;
    expect(assigned).toBe(ours);
    const missing = Object.keys(kafkajs).filter((name) => !(name in ours));
    expect(missing).toEqual([]);
    expect(ours.default.Kafka).toBe(ours.Kafka);
  });

  it("has the same numbers and event names", () => {
    const [mine, other]: Record<string, unknown>[] = [{ ...ours }, { ...kafkajs }];
    const tables = [
      "logLevel",
      "CompressionTypes",
      "ConfigResourceTypes",
      "ConfigSource",
      "AclResourceTypes",
      "AclOperationTypes",
      "AclPermissionTypes",
      "ResourcePatternTypes",
    ] as const;
    for (const table of tables) expect(mine?.[table], table).toEqual(other?.[table]);
    const config = { brokers: ["127.0.0.1:1"], logLevel: ours.logLevel.NOTHING };
    const kafkas = [new ours.Kafka(config), new kafkajs.Kafka(config)] as const;
    const [a, b] = kafkas.map((kafka) => [
      kafka.producer({ createPartitioner: () => () => 0 }).events,
      kafka.consumer({ groupId: "g" }).events,
      kafka.admin().events,
    ]);
    expect(a).toEqual(b);
  });

  it("takes what kafkajs takes, and gives what it gives", () => {
    expectTypeOf<theirs.ProducerConfig>().toExtend<ours.ProducerConfig>();
    expectTypeOf<theirs.AdminConfig>().toExtend<ours.AdminConfig>();
    expectTypeOf<theirs.ConsumerRunConfig>().toExtend<ours.ConsumerRunConfig>();
    expectTypeOf<Omit<theirs.ConsumerConfig, "partitionAssigners">>().toExtend<ours.ConsumerConfig>();
    expectTypeOf<theirs.KafkaConfig["sasl"]>().toExtend<ours.KafkaConfig["sasl"]>();
    expectTypeOf<ours.Producer>().toExtend<theirs.Producer>();
    expectTypeOf<ours.Consumer>().toExtend<theirs.Consumer>();
    expectTypeOf<ours.Admin>().toExtend<theirs.Admin>();
    expectTypeOf<ours.Transaction>().toExtend<theirs.Transaction>();
    expectTypeOf<ours.Logger>().toExtend<theirs.Logger>();
    expectTypeOf<ours.EachBatchPayload>().toExtend<theirs.EachBatchPayload>();
    expectTypeOf<ours.EachMessagePayload>().toExtend<theirs.EachMessagePayload>();
    expectTypeOf<ours.KafkaMessage>().toExtend<theirs.KafkaMessage>();
  });

  it("has errors that are kafkajs's by name, descent and fields", () => {
    const errors = Object.keys(kafkajs).filter((name) => name.startsWith("KafkaJS"));
    const classes = ours as unknown as Record<string, new (message: string, metadata?: object) => Error>;
    const others = kafkajs as unknown as typeof classes;
    const descent = (error: object): string[] => {
      const parent = Object.getPrototypeOf(error) as object | null;
      return parent === null ? [] : [parent.constructor.name, ...descent(parent)];
    };
    for (const name of errors) {
      const [Mine, Theirs] = [classes[name], others[name]];
      if (Mine === undefined || Theirs === undefined) throw new Error(name);
      const partitions = [{ partition: 0, offset: "1", error: new ours.KafkaJSError("x") }];
      const told = {
        topic: "t",
        partition: 1,
        partitions,
        groups: [],
        unknownPartitions: [],
        retryCount: 1,
        retryTime: 2,
      };
      const asIs = name === "KafkaJSDeleteTopicRecordsError" || name === "KafkaJSAggregateError";
      const [mine, other] = asIs
        ? [new Mine(told as never, []), new Theirs(told as never, [])]
        : [new Mine("x", told), new Theirs("x", told)];
      expect(mine.name, name).toBe(other.name);
      expect(descent(mine), name).toEqual(descent(other));
      const { retriable } = mine as { retriable?: boolean };
      expect(retriable ?? false, name).toBe((other as { retriable?: boolean }).retriable ?? false);
    }
  });
});
