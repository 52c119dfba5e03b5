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

  describe("where it says where to receive", () => {
    /** Receives as much of `bytes` as the splitter has room for, `most` bytes at a time. */
    function receive(splitter: FrameSplitter, bytes: Buffer, most = bytes.length): Buffer[] {
      const frames: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const room = splitter.room();
        const length = bytes.copy(room, 0, at, Math.min(at + most, bytes.length));
        frames.push(...splitter.push(room.subarray(0, length)));
        at += length;
      }
      return frames;
    }

    it("finds the same frames however the stream is cut, and wherever the pieces are", () => {
      const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { minLength: 1 });
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), cuts, (frames, pieces) => {
          const splitter = new FrameSplitter(60);
          const stream = Buffer.concat(frames.map(framed));
          const found: Buffer[] = [];
          let index = 0;
          for (const piece of piecesOf(stream, [...pieces.map(([length]) => length)])) {
            const isInRoom = pieces[index % pieces.length]?.[1] === true;
            found.push(...(isInRoom ? receive(splitter, piece) : splitter.push(piece)));
            index += 1;
          }
          expect(found).toEqual(frames.map((frame) => Buffer.from(frame)));
          expect(splitter.pendingBytes).toBe(0);
        }),
      );
    });

    it("never gives a place twice, since frames are views of it", () => {
      const splitter = new FrameSplitter(100);
      const contents = Array.from({ length: 3_000 }, (_, index) => Buffer.alloc(index % 100, index % 251));
      const frames = contents.flatMap((content) => receive(splitter, framed(content)));
      expect(frames).toEqual(contents);
    });

    it("receives a frame that comes in pieces in its place", () => {
      const splitter = new FrameSplitter(1_000_000);
      const content = Buffer.alloc(100_000, "x");
      receive(splitter, framed(content).subarray(0, 50_000));
      const room = splitter.room();
      expect(room.length).toBe(50_004);
      const [frame] = receive(splitter, framed(content).subarray(50_000));
      expect(frame).toEqual(content);
      expect(frame?.buffer).toBe(room.buffer);
    });

    it("has room ahead for twice the longest that has come, whatever the length says", () => {
      const splitter = new FrameSplitter(2 ** 31 - 1);
      const begin = (length: number): Buffer => {
        const prefix = Buffer.alloc(4);
        prefix.writeInt32BE(length);
        return prefix;
      };
      receive(splitter, begin(200_000));
      expect(splitter.room().length).toBeLessThanOrEqual(65_536);
      receive(splitter, Buffer.alloc(200_000));
      receive(splitter, begin(400_000));
      expect(splitter.room().length).toBe(400_000);
      receive(splitter, Buffer.alloc(400_000));
      receive(splitter, begin(2 ** 31 - 1));
      expect(splitter.room().length).toBeLessThanOrEqual(65_536);
      expect(splitter.pendingBytes).toBe(4);
    });
  });
});
