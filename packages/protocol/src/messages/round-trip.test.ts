import { describe, expect, it } from "vitest";
import { ByteReader } from "../bytes/reader.js";
import { decodeResponse, encodeRequest, encodeResponse, readRequestHeader } from "../frames/header.js";
import { apis } from "./apis.js";

describe("frames", () => {
  it("a produce request comes back as it went", () => {
    const frame = Buffer.concat(
      encodeRequest(
        apis.Produce,
        9,
        { correlationId: 7, clientId: "me" },
        {
          acks: -1,
          timeoutMs: 5,
          topicData: [{ name: "a", partitionData: [{ index: 1, records: Buffer.alloc(5000, 1) }] }],
        },
      ),
    );
    expect(frame.readInt32BE(0)).toBe(frame.length - 4);
    const reader = new ByteReader(frame.subarray(4));
    expect(readRequestHeader(reader, true)).toEqual({ apiKey: 0, apiVersion: 9, correlationId: 7, clientId: "me" });
    const body = apis.Produce.request.read(reader, 9);
    expect(body.topicData[0]?.partitionData[0]?.records).toHaveLength(5000);
    expect(reader.remaining).toBe(0);
  });
  it("a response carries a tagged struct only when it says something", () => {
    const frame = Buffer.concat(
      encodeResponse(apis.Fetch, 16, 3, {
        responses: [
          {
            topicId: "AAAAAAAAAAAAAAAAAAAAAQ",
            partitions: [
              {
                partitionIndex: 0,
                errorCode: 0,
                highWatermark: 4,
                abortedTransactions: null,
                records: null,
                currentLeader: { leaderId: 1, leaderEpoch: 2 },
              },
            ],
          },
        ],
      }),
    );
    const back = decodeResponse(apis.Fetch, 16, frame.subarray(4));
    expect(back.responses[0]?.partitions[0]).toMatchObject({
      currentLeader: { leaderId: 1, leaderEpoch: 2 },
      divergingEpoch: { epoch: -1, endOffset: -1 },
    });
  });
});
