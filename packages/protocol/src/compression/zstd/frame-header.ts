import { longestBlock } from "./literals.js";
import { malformedZstd } from "./malformed-zstd.js";

// A frame:
//
//     frame := magic, flags, [window byte], [dictionary id], [content size], { block }, [int32 checksum]   little-endian
//     block := 3 bytes: last (1 bit), type (2 bits), size (21 bits); bytes
export const magic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
export const blockType = { raw: 0, repeated: 1, compressed: 2 } as const;

export interface Block {
  readonly type: number;
  /** Bytes that it takes, or stands for when it repeats one. */
  readonly size: number;
  /** Where its bytes begin. */
  readonly at: number;
}

export interface Frame {
  /** The frame is `bytes[start..end]`. */
  readonly start: number;
  readonly end: number;
  readonly contentSize: number | undefined;
  readonly blocks: readonly Block[];
  /** The most it can unpack to. */
  readonly bound: number;
}

/** Finds all frames and their blocks without unpacking any, which tells how much they can unpack to at most. */
export function readFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  const take = (length: number): number => {
    if (length > bytes.length - at) throw malformedZstd(`${bytes.length} bytes end within a frame, at byte ${at}`);
    at += length;
    return at - length;
  };
  const number = (length: number): number => (length === 0 ? 0 : bytes.readUIntLE(take(length), length));

  do {
    const start = at;
    const found = number(4);
    if (found >>> 4 === skippableMagic >>> 4) take(number(4));
    else if (found === magic) frames.push({ ...readFrame(number, take), start, end: at });
    else throw malformedZstd("no frame begins here");
  } while (at < bytes.length);
  return frames;
}

function readFrame(number: (length: number) => number, take: (length: number) => number): Omit<Frame, "start" | "end"> {
  const flags = number(1);
  const isOneSegment = (flags & 0x20) !== 0;
  if ((flags & 0x08) !== 0) throw malformedZstd("reserved bits are set");
  if (!isOneSegment) take(1);
  const dictionaryLength = [0, 1, 2, 4][flags & 3] ?? 0;
  if (number(dictionaryLength) !== 0) throw malformedZstd("the frame needs a dictionary");
  const contentSize = readContentSize(number, flags >>> 6, isOneSegment);

  const blocks: Block[] = [];
  let bound = 0;
  for (let isLast = false; !isLast; ) {
    const header = number(3);
    isLast = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type > blockType.compressed) throw malformedZstd(`block type ${type}`);
    if (size > longestBlock) throw malformedZstd(`block of ${size} bytes, at most ${longestBlock}`);
    blocks.push({ type, size, at: take(type === blockType.repeated ? 1 : size) });
    bound += type === blockType.compressed ? longestBlock : size;
  }
  // The checksum is not verified: in a record batch, CRC-32C stands over these very bytes.
  if ((flags & 0x04) !== 0) take(4);
  if (contentSize !== undefined && contentSize > bound) {
    throw malformedZstd(`${contentSize} bytes unpacked cannot be in ${blocks.length} blocks`);
  }
  return { contentSize, blocks, bound: contentSize ?? bound };
}

function readContentSize(number: (length: number) => number, flag: number, isOneSegment: boolean): number | undefined {
  if (flag === 0) return isOneSegment ? number(1) : undefined;
  if (flag === 1) return number(2) + 256;
  return flag === 2 ? number(4) : number(4) + number(4) * 2 ** 32;
}
