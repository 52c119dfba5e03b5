import { describe, expect, it } from "vitest";
import { recordStream } from "./record-stream.js";

/** Records that wait for the test to acknowledge them. */
const sends = () => {
  const waiting: { readonly record: number; resolve(): void; reject(error: Error): void }[] = [];
  const signals = new Set<AbortSignal>();
  const send = (record: number, signal: AbortSignal) => {
    signals.add(signal);
    return new Promise<void>((resolve, reject) => waiting.push({ record, resolve, reject }));
  };
  return { waiting, signals, send };
};
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe("a stream into a producer", () => {
  it("has as many records under way as it may, and closes when all are acknowledged", async () => {
    const { waiting, send } = sends();
    const writer = recordStream<number>(send, 3).getWriter();
    const written = [1, 2, 3, 4, 5].map((record) => writer.write(record));
    await turns();
    expect(waiting.map(({ record }) => record)).toEqual([1, 2, 3]);
    waiting[1]?.resolve();
    await turns();
    expect(waiting.map(({ record }) => record)).toEqual([1, 2, 3, 4]);
    for (const { resolve } of waiting) resolve();
    let isClosed = false;
    const closed = writer.close().then(() => {
      isClosed = true;
    });
    await turns();
    expect([waiting.length, isClosed]).toEqual([5, false]);
    waiting[4]?.resolve();
    await Promise.all([...written, closed]);
  });

  it("fails with the first record that does", async () => {
    const { waiting, send } = sends();
    const writer = recordStream<number>(send, 10).getWriter();
    void writer.write(1);
    void writer.write(2);
    await turns();
    waiting[0]?.reject(new Error("too large"));
    await expect(writer.closed).rejects.toThrow("too large");
    await expect(writer.write(3)).rejects.toThrow("too large");
  });

  it("withdraws what has not left when it is aborted", async () => {
    const { signals, send } = sends();
    const writer = recordStream<number>(send, 10).getWriter();
    writer.closed.catch(() => {});
    void writer.write(1);
    await turns();
    await writer.abort(new Error("enough"));
    expect([...signals].map(({ aborted }) => aborted)).toEqual([true]);
  });
});
