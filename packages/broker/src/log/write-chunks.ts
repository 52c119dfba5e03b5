import type { TailChunk } from "../storage/tail-cache.js";

interface OffsetBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
}

const smallBytes = 8 * 1024;
const chunkBytes = 64 * 1024;

/**
 * The buffers of one gathered write. Small batches are copied together: a thousand buffers of 100 bytes cost more to write and
 * to send than to copy, and each would keep alive the network chunk it was cut from.
 */
export function writeChunks(batches: readonly OffsetBatch[]): TailChunk[] {
  const chunks: TailChunk[] = [];
  let run: OffsetBatch[] = [];
  let runBytes = 0;
  const finishRun = () => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return;
    chunks.push({
      baseOffset: first.baseOffset,
      nextOffset: last.lastOffset + 1,
      bytes: Buffer.concat(
        run.map(({ bytes }) => bytes),
        runBytes,
      ),
    });
    run = [];
    runBytes = 0;
  };
  for (const batch of batches) {
    const { bytes, baseOffset, lastOffset } = batch;
    const isSmall = bytes.length < smallBytes;
    if (!isSmall || runBytes + bytes.length > chunkBytes) finishRun();
    if (isSmall) {
      run.push(batch);
      runBytes += bytes.length;
    } else {
      chunks.push({ baseOffset, nextOffset: lastOffset + 1, bytes });
    }
  }
  finishRun();
  return chunks;
}
