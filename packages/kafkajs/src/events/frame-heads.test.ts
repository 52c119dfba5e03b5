import fc from "fast-check";
import { expect, it } from "vitest";
import { FrameHeads } from "./frame-heads.js";

it("sees the beginning and the size of every frame, however the stream is cut", () => {
  const frame = fc.uint8Array({ minLength: 8, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
      const stream = Buffer.concat(
        frames.flatMap((bytes) => {
          const prefix = Buffer.alloc(4);
          prefix.writeInt32BE(bytes.length);
          return [prefix, bytes];
        }),
      );
      const seen: { head: string; size: number }[] = [];
      const heads = new FrameHeads(8, (head, size) => seen.push({ head: head.toString("hex"), size }));
      let at = 0;
      for (const length of [...cuts, stream.length]) {
        heads.push(stream.subarray(at, at + length));
        at += length;
      }
      expect(seen).toEqual(
        frames.map((bytes) => ({ head: Buffer.from(bytes.subarray(0, 8)).toString("hex"), size: bytes.length })),
      );
    }),
  );
});
