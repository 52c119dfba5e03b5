import { describe, expect, it } from "vitest";
import { BrokerConfig } from "./broker-config.js";
import { InvalidConfigError } from "./config-key.js";
import { logConfigOf } from "./log-config.js";
import { checkTopicConfig, TopicConfig } from "./topic-config.js";
import { topicConfigKeys } from "./topic-config-keys.js";

const topicOver = (broker: BrokerConfig, own: Record<string, string> = {}) =>
  new TopicConfig(broker, new Map(Object.entries(own)));

describe("broker configuration", () => {
  it("takes numbers, booleans and text under Kafka's names", () => {
    const config = new BrokerConfig({
      "num.partitions": 4,
      "auto.create.topics.enable": false,
      "log.retention.ms": "5",
    });
    expect(config.get("num.partitions")).toBe(4);
    expect(config.get("auto.create.topics.enable")).toBe(false);
    expect(config.get("log.retention.ms")).toBe(5);
    expect(config.get("log.retention.minutes")).toBeNull();
  });
  it.each([
    {
      title: "a name nobody knows",
      values: { "num.partition": 1 },
      text: /Unknown broker configuration num\.partition/,
    },
    { title: "text for a number", values: { "num.partitions": "many" }, text: /many .*num\.partitions.*INT/ },
    { title: "a number below the least", values: { "num.partitions": 0 }, text: /at least 1/ },
    { title: "a number beyond its type", values: { "num.partitions": "3000000000" }, text: /INT/ },
    {
      title: "a word that is not one of the choices",
      values: { "compression.type": "rar" },
      text: /one of: uncompressed/,
    },
    { title: "a boolean that is neither", values: { "delete.topic.enable": "yes" }, text: /true or false/ },
  ])("refuses $title", ({ values, text }) => {
    expect(() => new BrokerConfig(values)).toThrow(InvalidConfigError);
    expect(() => new BrokerConfig(values)).toThrow(text);
  });
  it("puts this node's dynamic value over the one for all, over what it was started with", () => {
    const config = new BrokerConfig({ "message.max.bytes": 1 });
    config.setDynamic("default", "message.max.bytes", "2");
    expect(config.get("message.max.bytes")).toBe(2);
    config.setDynamic("broker", "message.max.bytes", "3");
    expect(config.get("message.max.bytes")).toBe(3);
    expect(config.synonymsOf("message.max.bytes").map(({ value, source }) => [value, source])).toEqual([
      ["3", "dynamicBroker"],
      ["2", "dynamicDefaultBroker"],
      ["1", "staticBroker"],
      ["1048588", "default"],
    ]);
    config.setDynamic("broker", "message.max.bytes", null);
    expect(config.get("message.max.bytes")).toBe(2);
  });
});

describe("topic configuration", () => {
  it("is the topic's own value, else the broker's, else the default", () => {
    const broker = new BrokerConfig({ "log.segment.bytes": 2_000_000 });
    expect(topicOver(broker, { "segment.bytes": "3000000" }).get("segment.bytes")).toBe(3_000_000);
    expect(topicOver(broker).get("segment.bytes")).toBe(2_000_000);
    expect(topicOver(broker).get("index.interval.bytes")).toBe(4096);
  });
  it.each([
    { broker: { "log.retention.hours": 2 }, retentionMs: 7_200_000 },
    { broker: { "log.retention.hours": 2, "log.retention.minutes": 3 }, retentionMs: 180_000 },
    { broker: { "log.retention.hours": 2, "log.retention.ms": 4 }, retentionMs: 4 },
    { broker: { "log.retention.hours": -1 }, retentionMs: -1 },
    { broker: {}, retentionMs: 604_800_000 },
  ])("takes its retention from the finest unit the broker has: $retentionMs", ({ broker, retentionMs }) => {
    expect(logConfigOf(topicOver(new BrokerConfig(broker))).retentionMs).toBe(retentionMs);
  });
  it("takes Kafka's largest number for no limit without losing it in the text", () => {
    const config = topicOver(new BrokerConfig(), { "max.compaction.lag.ms": "9223372036854775807" });
    expect(config.get("max.compaction.lag.ms")).toBe(Number.MAX_SAFE_INTEGER);
    expect(config.textOf("max.compaction.lag.ms")).toBe("9223372036854775807");
  });
  it("has a default that its own key accepts, for every key", () => {
    for (const [name, key] of Object.entries(topicConfigKeys)) {
      expect(() => key.parse(name, key.default), name).not.toThrow();
    }
  });
  it.each([
    { title: "an unknown name", own: { nope: "1" } },
    { title: "a policy that is none", own: { "cleanup.policy": "delete,shred" } },
    {
      title: "compaction that must wait longer than it may",
      own: { "min.compaction.lag.ms": "9", "max.compaction.lag.ms": "8" },
    },
    { title: "a number of ten thousand digits", own: { "retention.ms": "9".repeat(10_000) } },
    { title: "tiered storage", own: { "remote.storage.enable": "true" } },
  ])("refuses $title", ({ own }) => {
    expect(() => checkTopicConfig(new Map(Object.entries(own)))).toThrow(InvalidConfigError);
  });
});
