import { describe, expect, it } from "vitest";
import { ByteReader } from "../bytes/reader.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { apis } from "../messages/apis.js";
import {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  encodeUnsupportedApiVersions,
  peekCorrelationId,
  peekRequest,
  readRequestHeader,
} from "./header.js";

const header = { correlationId: 7, clientId: "me" };

describe("request frames", () => {
  it("carry long byte strings by reference", () => {
    const records = Buffer.alloc(5_000, 1);
    const topicData = [{ name: "a", partitionData: [{ index: 1, records }] }];
    const parts = encodeRequest(apis.Produce, 9, header, { acks: -1, timeoutMs: 5, topicData });
    expect(parts.some((part) => part.buffer === records.buffer)).toBe(true);
    const frame = Buffer.concat(parts);
    expect(frame.readInt32BE(0)).toBe(frame.length - 4);
    const reader = new ByteReader(frame.subarray(4));
    expect(readRequestHeader(reader, true)).toEqual({ apiKey: 0, apiVersion: 9, ...header });
    expect(apis.Produce.request.read(reader, 9).topicData[0]?.partitionData[0]?.records).toEqual(records);
    expect(reader.remaining).toBe(0);
  });

  it("say what they are before anything else of them is read", () => {
    const frame = Buffer.concat(
      encodeRequest(apis.Heartbeat, 4, header, { groupId: "g", generationId: 1, memberId: "m" }),
    );
    expect(peekRequest(frame.subarray(4))).toEqual({ apiKey: 12, apiVersion: 4, correlationId: 7 });
    expect(() => peekRequest(Buffer.alloc(3))).toThrow(MalformedMessageError);
  });
});

describe("lengths below -1", () => {
  it("are null where there may be one, as in Kafka, and nothing else", () => {
    const frame = Buffer.from("0012000000000007fffe", "hex");
    expect(readRequestHeader(new ByteReader(frame), false).clientId).toBeNull();
    const none = Buffer.from("fffffffe", "hex");
    expect(apis.Metadata.request.read(new ByteReader(none), 1).topics).toBeNull();
    expect(() => apis.Metadata.request.read(new ByteReader(none), 0)).toThrow(MalformedMessageError);
  });
});

describe("response frames", () => {
  it("carry a tagged struct only when it says something", () => {
    const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 4, abortedTransactions: null, records: null };
    const currentLeader = { leaderId: 1, leaderEpoch: 2 };
    const length = (more: object): number =>
      Buffer.concat(
        encodeResponse(apis.Fetch, 16, 3, { responses: [{ topicId, partitions: [{ ...partition, ...more }] }] }),
      ).length;
    const nothing = length({});
    expect(length({ currentLeader: { leaderId: -1, leaderEpoch: -1 } })).toBe(nothing);
    // Tag, size, two int32 and a tag section.
    expect(length({ currentLeader })).toBe(nothing + 1 + 1 + 8 + 1);
  });

  it("of ApiVersions to an unknown version are in version 0 and name the versions there are", () => {
    const frame = Buffer.concat(encodeUnsupportedApiVersions(7)).subarray(4);
    expect(peekCorrelationId(frame)).toBe(7);
    expect(frame.subarray(4).toString("hex")).toBe("002300000001001200000004");
    expect(decodeResponse(apis.ApiVersions, 4, frame)).toMatchObject({
      errorCode: 35,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    });
  });
});

describe("errors", () => {
  it("of a caller name the field and what is wrong with it", () => {
    const topics = [{ name: "a".repeat(40_000), partitions: [] }];
    const request = { replicaId: -1, isolationLevel: 0, topics };
    expect(() => apis.ListOffsets.request.encode(7, request)).toThrow(
      "ListOffsetsRequest v7: topics.name: string of 40000 bytes, at most 32767",
    );
    expect(() => apis.ListOffsets.request.encode(99, request)).toThrow("has versions 1-11, not 99");
  });

  it("of a caller who needs what a version does not have name both", () => {
    const partition = { index: 0, records: null };
    const request = {
      transactionalId: "t",
      acks: 1,
      timeoutMs: 1,
      topicData: [{ name: "a", partitionData: [partition] }],
    };
    expect(() =>
      apis.InitProducerId.request.encode(0, { transactionalId: null, transactionTimeoutMs: 1, producerId: 5 }),
    ).toThrow("InitProducerIdRequest v0: producerId: version 0 does not have it");
    expect(() => apis.Produce.request.encode(3, request)).not.toThrow();
  });

  it("of bytes name the field where they stop making sense", () => {
    const bytes = apis.ListOffsets.request.encode(1, { replicaId: -1, topics: [{ name: "t", partitions: [] }] });
    bytes.writeInt32BE(2 ** 31 - 1, bytes.length - 4);
    expect(() => apis.ListOffsets.request.decode(1, bytes)).toThrow(
      "ListOffsetsRequest v1: topics.partitions: array of 2147483647 elements in 0 bytes",
    );
  });
});
