import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { type Compression, compress, decompress } from "./compression.js";
import { decompressZstdInScript } from "./zstd/zstd-decoder.js";
import { compressZstdInScript } from "./zstd/zstd-encoder.js";

const fixture = (name: string): Buffer =>
  Buffer.from(readFileSync(new URL(`./fixtures/${name}.hex`, import.meta.url), "utf8").trim(), "hex");

const words =
  "the record batch of a topic and its partition holds offset leader epoch high watermark segment group".split(" ");

/** Text with the statistics of language: what the fixtures unpack to. */
function prose(length: number): Buffer {
  let text = "";
  for (let seed = 12_345; text.length < length; ) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    text += `${words[(seed >> 16) % words.length]}${(seed >> 20) % 7 === 0 ? ". " : " "}`;
  }
  return Buffer.from(text.slice(0, length));
}
const times = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => prose(9_000)));

describe("streams written by the codecs' own libraries", () => {
  it.each<{ name: string; codec: Compression; original: Buffer }>([
    { name: "lz4-linked-content-size", codec: "lz4", original: times(9) },
    { name: "lz4-checksums", codec: "lz4", original: times(1) },
    { name: "lz4-hc-256k", codec: "lz4", original: times(1) },
    { name: "lz4-stored", codec: "lz4", original: Buffer.from(Array.from({ length: 300 }, (_, i) => i * i * 7 + i)) },
    { name: "zstd-level-1", codec: "zstd", original: times(1) },
    { name: "zstd-level-19", codec: "zstd", original: times(1) },
    { name: "zstd-checksum-no-content-size", codec: "zstd", original: times(1) },
    { name: "zstd-many-blocks", codec: "zstd", original: times(40) },
    { name: "zstd-two-frames", codec: "zstd", original: times(1) },
    { name: "zstd-run", codec: "zstd", original: Buffer.alloc(300_000, 120) },
  ])("$name", ({ name, codec, original }) => {
    expect(decompress(codec, fixture(name), original.length).equals(original)).toBe(true);
    expect(() => decompress(codec, fixture(name), original.length - 1)).toThrow(MalformedMessageError);
    if (codec === "zstd") {
      expect(decompressZstdInScript(fixture(name), original.length).equals(original)).toBe(true);
      expect(() => decompressZstdInScript(fixture(name), original.length - 1)).toThrow(MalformedMessageError);
    }
  });

  it("an LZ4 frame whose content does not match its checksum is refused", () => {
    const frame = fixture("lz4-checksums");
    frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
    expect(() => decompress("lz4", frame, 9_000)).toThrow("content checksum");
  });
});

describe("gzip", () => {
  it("reads member after member", () => {
    const members = Buffer.concat([compress("gzip", prose(300)), compress("gzip", prose(200))]);
    expect(decompress("gzip", members, 500).equals(Buffer.concat([prose(300), prose(200)]))).toBe(true);
  });
});

describe("snappy", () => {
  const block = compress("snappy", prose(5_000));
  const chunk = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const xerial = Buffer.from("82534e41505059000000000100000001", "hex");

  it("reads Java's framing, chunk after chunk", () => {
    const framed = Buffer.concat([xerial, chunk(block), chunk(block), chunk(compress("snappy", Buffer.from("end")))]);
    const original = Buffer.concat([prose(5_000), prose(5_000), Buffer.from("end")]);
    expect(decompress("snappy", framed, original.length).equals(original)).toBe(true);
    expect(() => decompress("snappy", framed, original.length - 1)).toThrow(MalformedMessageError);
  });

  it("refuses a length that no block of this size can hold, before making room for it", () => {
    const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0x00, 0x61]);
    expect(() => decompress("snappy", claim, Number.MAX_SAFE_INTEGER)).toThrow("cannot be in a block of 7");
  });
});

describe("zstd in script", () => {
  it("writes smaller than it was given", () => {
    const packed = compressZstdInScript(times(40));
    expect(packed.length).toBeLessThan(times(40).length / 10);
    expect(decompress("zstd", packed, 360_000).equals(times(40))).toBe(true);
  });

  it("refuses a content size that its blocks cannot hold, before making room for it", () => {
    const claim = compressZstdInScript(Buffer.from("abc"));
    claim.writeUInt32LE(0xffff_fff0, 5);
    expect(() => decompressZstdInScript(claim, Number.MAX_SAFE_INTEGER)).toThrow("cannot be in 1 blocks");
  });
});
