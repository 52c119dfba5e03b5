import { MalformedMessageError } from "../errors/malformed-message.js";
import { gunzip, gzip } from "./gzip.js";
import { compressLz4, decompressLz4 } from "./lz4/lz4-frame.js";
import { compressSnappy, decompressSnappy } from "./snappy/snappy.js";
import { compressZstd, decompressZstd } from "./zstd/zstd.js";

/** Kafka's `compression.type`, in the order of their numbers in a batch's attributes. */
export const compressions = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** How the records of a batch are compressed (Kafka's `compression.type`). */
export type Compression = (typeof compressions)[number];

/**
 * Compresses as Kafka's clients do: an RFC 1952 member, one raw snappy block, an LZ4 frame of independent 64 KiB blocks, a
 * Zstandard frame.
 *
 * @param level - For gzip (1-9) and zstd (1-22); the codec's own default when not given. Others have none.
 */
export function compress(codec: Compression, bytes: Uint8Array, level?: number): Buffer {
  switch (codec) {
    case "none":
      return asBuffer(bytes);
    case "gzip":
      return gzip(bytes, level);
    case "snappy":
      return compressSnappy(bytes);
    case "lz4":
      return compressLz4(bytes);
    case "zstd":
      return compressZstd(bytes, level);
  }
}

/**
 * The original of compressed bytes.
 *
 * @param maxBytes - Longest result: nothing longer is allocated, whatever the bytes claim.
 * @throws {@link MalformedMessageError} when the result would be longer, or the bytes are not of this codec.
 */
export function decompress(codec: Compression, bytes: Uint8Array, maxBytes: number): Buffer {
  switch (codec) {
    case "none":
      if (bytes.byteLength > maxBytes) {
        throw new MalformedMessageError(`${bytes.byteLength} bytes, at most ${maxBytes}`);
      }
      return asBuffer(bytes);
    case "gzip":
      return gunzip(bytes, maxBytes);
    case "snappy":
      return decompressSnappy(bytes, maxBytes);
    case "lz4":
      return decompressLz4(bytes, maxBytes);
    case "zstd":
      return decompressZstd(bytes, maxBytes);
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
