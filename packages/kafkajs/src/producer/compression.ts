import { compress, decompress } from "@ottla/protocol";

/** Codecs of a batch, by the numbers they have on the wire. */
export const CompressionTypes = { None: 0, GZIP: 1, Snappy: 2, LZ4: 3, ZSTD: 4 } as const;
export type CompressionTypes = (typeof CompressionTypes)[keyof typeof CompressionTypes];

/** Their names in `@ottla/client`. */
export const codecNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type CodecName = (typeof codecNames)[number];

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Nothing in a batch is longer than what a client may ask brokers to take. */
const largestBytes = 256 * 1024 * 1024;

const codec = (name: CodecName) => (): Codec => ({
  compress: async ({ buffer }) => Buffer.from(compress(name, buffer)),
  decompress: async (buffer) => Buffer.from(decompress(name, buffer, largestBytes)),
});

/**
 * The codecs there are: all, without further packages. What old code puts here instead is taken, and not used.
 */
export const CompressionCodecs: { [type in 1 | 2 | 3 | 4]: () => unknown } = {
  [CompressionTypes.GZIP]: codec("gzip"),
  [CompressionTypes.Snappy]: codec("snappy"),
  [CompressionTypes.LZ4]: codec("lz4"),
  [CompressionTypes.ZSTD]: codec("zstd"),
};
