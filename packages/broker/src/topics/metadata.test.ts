import { describe, expect, it } from "vitest";
import { ClusterMetadata } from "./cluster-metadata.js";
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataChange } from "./metadata-records.js";

const topicId = "bHJgZnxlQQm3ZPqu10HiEQ";
const partition = (partitionId: number): MetadataChange => ({
  type: "partition",
  partitionId,
  topicId,
  replicas: [1],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  leader: 1,
  leaderEpoch: 0,
  partitionEpoch: 0,
});

/** Through the bytes, as a restart does it. */
const imageOf = (...changes: readonly MetadataChange[]): ClusterMetadata => {
  const image = new ClusterMetadata();
  for (const change of changes) {
    const record = decodeMetadataRecord(encodeMetadataRecord(change));
    if (record !== undefined) image.apply(record);
  }
  return image;
};

describe("metadata records", () => {
  it("are framed as KRaft frames them", () => {
    const value = encodeMetadataRecord({ type: "topic", name: "orders", topicId });
    expect(value.toString("hex")).toBe(
      `010200${"07"}${Buffer.from("orders").toString("hex")}${Buffer.from(topicId, "base64url").toString("hex")}00`,
    );
  });
  it("of a type from another release are passed over", () => {
    expect(decodeMetadataRecord(Buffer.from([1, 77, 0, 1, 2, 3]))).toBeUndefined();
  });
});

describe("cluster metadata", () => {
  it("gathers a topic from its records", () => {
    const image = imageOf(
      { type: "topic", name: "orders", topicId },
      { type: "config", resourceType: 2, resourceName: "orders", name: "retention.ms", value: "5" },
      partition(0),
      partition(1),
    );
    expect(image.topic("orders")).toMatchObject({ id: topicId, partitions: [0, 0] });
    expect(image.topic("orders")?.configs.get("retention.ms")).toBe("5");
    expect(image.topicNamed(topicId)).toBe("orders");
  });
  it("forgets a removed topic with its configuration, so that one of the same name begins without", () => {
    const image = imageOf(
      { type: "topic", name: "orders", topicId },
      { type: "config", resourceType: 2, resourceName: "orders", name: "retention.ms", value: "5" },
      { type: "removeTopic", topicId },
      { type: "topic", name: "orders", topicId: "cHJgZnxlQQm3ZPqu10HiEQ" },
    );
    expect(image.topic("orders")?.configs.size).toBe(0);
    expect(image.topicNamed(topicId)).toBeUndefined();
  });
  it("takes a configuration value away with null", () => {
    const image = imageOf(
      { type: "config", resourceType: 4, resourceName: "", name: "log.retention.ms", value: "5" },
      { type: "config", resourceType: 4, resourceName: "", name: "log.retention.ms", value: null },
    );
    expect(image.brokerConfigs("").size).toBe(0);
  });
  it("never goes back in producer ids", () => {
    const block = (nextProducerId: number): MetadataChange => ({ type: "producerIds", brokerId: 1, nextProducerId });
    expect(imageOf(block(2000), block(1000)).nextProducerId).toBe(2000);
  });
});
