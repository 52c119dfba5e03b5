import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, clientOf, createTopic, fetchBody, memoryBroker, produce } from "../broker.test-kit.js";
import type { RawClient } from "./raw-client.test-kit.js";
import { ReadBuffers } from "./read-buffers.js";

const mebibyte = 1024 * 1024;

describe("read buffers", () => {
  it("lend the same memory again once it was given back, and not before", () => {
    const buffers = new ReadBuffers();
    const first = buffers.take(mebibyte);
    const second = buffers.take(mebibyte);
    expect(second.buffer).not.toBe(first.buffer);
    buffers.giveBack(first.subarray(100, 200));
    expect([buffers.isLent(first), buffers.isLent(second)]).toEqual([false, true]);
    expect(buffers.take(700_000)).toMatchObject({ buffer: first.buffer, byteLength: 700_000 });
  });

  it("take back only what they lent, and that once", () => {
    const buffers = new ReadBuffers();
    const lent = buffers.take(mebibyte);
    buffers.giveBack(Buffer.alloc(mebibyte));
    buffers.giveBack(lent);
    buffers.giveBack(lent);
    expect(buffers.take(mebibyte).buffer).toBe(lent.buffer);
    expect(buffers.take(mebibyte).buffer).not.toBe(lent.buffer);
  });

  it("have no part in reads that would leave a buffer half empty or do not fit into one", () => {
    const buffers = new ReadBuffers();
    for (const size of [0, 1000, mebibyte / 2 - 1, mebibyte + 1]) {
      const taken = buffers.take(size);
      expect(taken).toHaveLength(size);
      expect(buffers.isLent(taken)).toBe(false);
    }
  });

  it("hold on to a few when a crowd of reads ends", () => {
    const buffers = new ReadBuffers();
    const crowd = Array.from({ length: 50 }, () => buffers.take(mebibyte));
    for (const taken of crowd) buffers.giveBack(taken);
    const mine = new Set(crowd.map(({ buffer }) => buffer));
    const again = Array.from({ length: 50 }, () => buffers.take(mebibyte));
    expect(again.filter(({ buffer }) => mine.has(buffer))).toHaveLength(8);
  });
});

describe("fetches of a megabyte", () => {
  it("get what they asked for, while others read and a slow one does not", async () => {
    const { broker, client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    // More than is kept in memory of the tails, each batch of its own letter.
    const batches = 16;
    const letterOf = (offset: number) => 65 + offset;
    for (let offset = 0; offset < batches; offset += 1) {
      await produce(client, topic, batchOf([String.fromCharCode(letterOf(offset)).repeat(600_000)]));
    }
    const fetched = async (reader: RawClient, fetchOffset: number) => {
      const { responses } = await reader.request(apis.Fetch, 12, fetchBody(topic, { fetchOffset }));
      const records = Buffer.from(responses[0]?.partitions[0]?.records ?? []);
      return {
        fetchOffset,
        isRight: records.subarray(100, 600_000).equals(Buffer.alloc(599_900, letterOf(fetchOffset))),
      };
    };
    const slow = await clientOf(broker);
    slow.socket.pause();
    const late = Array.from({ length: 3 * batches }, (_, index) => fetched(slow, index % batches));
    while (broker.metrics.bytesUnsent === 0) await client.request(apis.ApiVersions, 0, {});
    const quick: { readonly isRight: boolean }[] = [];
    for (let offset = 0; offset < batches; offset += 1) quick.push(await fetched(client, offset));
    slow.socket.resume();
    const all = [...quick, ...(await Promise.all(late))];
    expect(all.filter(({ isRight }) => !isRight)).toEqual([]);
  });
});
