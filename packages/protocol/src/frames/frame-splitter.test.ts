import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { FrameSplitter } from "./frame-splitter.js";

const framed = (content: Uint8Array): Buffer => {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(content.length);
  return Buffer.concat([prefix, content]);
};

/** `bytes` in pieces of these lengths, over and over. */
function* piecesOf(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const end = at + (lengths[index % lengths.length] ?? 1);
    yield bytes.subarray(at, end);
    at = end;
  }
}

describe("frame splitter", () => {
  it("finds the same frames however the stream is cut", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), lengths, (frames, cuts) => {
        const splitter = new FrameSplitter(60);
        const stream = Buffer.concat(frames.map(framed));
        const found = [...piecesOf(stream, cuts)].flatMap((piece) => splitter.push(piece));
        expect(found).toEqual(frames.map((frame) => Buffer.from(frame)));
        expect(splitter.pendingBytes).toBe(0);
      }),
    );
  });

  it("slices a frame that came whole, and copies nothing", () => {
    const chunk = framed(Buffer.from("whole"));
    const [frame] = new FrameSplitter(100).push(chunk);
    expect(frame?.buffer).toBe(chunk.buffer);
    expect(frame?.byteOffset).toBe(chunk.byteOffset + 4);
  });

  it.each([-1, 101, 2 ** 31 - 1, -(2 ** 31)])("refuses a length of %d when 100 is the limit", (length) => {
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(length);
    expect(() => new FrameSplitter(100).push(prefix)).toThrow(MalformedMessageError);
  });

  it("holds no more than what has come, whatever the length says", () => {
    const splitter = new FrameSplitter(2 ** 31 - 1);
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(2 ** 31 - 1);
    expect(splitter.push(prefix)).toEqual([]);
    expect(splitter.push(Buffer.alloc(10))).toEqual([]);
    expect(splitter.pendingBytes).toBe(14);
  });
});
