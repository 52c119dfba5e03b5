import { encodeBatch, type ProtocolErrorCode } from "@ottla/protocol";

interface Held {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly nextOffset: number;
}

/** A partition's log as fetches see it. */
export class ScriptedLog {
  readonly #batches: Held[] = [];
  readonly #watchers = new Set<() => void>();
  /** Under which new batches are written. */
  leaderEpoch = 0;
  #epochs = [{ epoch: 0, from: 0 }];
  startOffset = 0;
  endOffset = 0;
  /** Asked for each fetch of the partition; a code is answered instead of records. */
  fault: (offset: number) => ProtocolErrorCode | undefined = () => undefined;
  /** Done to each batch before it is sent. */
  mangle: (bytes: Buffer) => Buffer = (bytes) => bytes;

  /** One batch of these values, keyed by what stands before a colon. */
  append(...values: readonly string[]): void {
    const records = values.map((value) => ({
      key: value.includes(":") ? Buffer.from(value.slice(0, value.indexOf(":"))) : null,
      value: Buffer.from(value),
      timestamp: 1_000,
    }));
    const { endOffset: baseOffset, leaderEpoch } = this;
    this.appendBatch(encodeBatch(records, { baseOffset, leaderEpoch }), values.length);
  }

  appendBatch(bytes: Buffer, offsets: number): void {
    this.#batches.push({ bytes, baseOffset: this.endOffset, nextOffset: this.endOffset + offsets });
    this.endOffset += offsets;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** As compaction or retention leave it: what is below `offset` is gone. */
  deleteBefore(offset: number): void {
    this.startOffset = offset;
    while (this.#batches[0] !== undefined && this.#batches[0].nextOffset <= offset) this.#batches.shift();
  }

  /** Another leader begins, with all below `end`. */
  beginEpoch(epoch: number, end: number): void {
    this.#epochs = [...this.#epochs.filter(({ from }) => from < end), { epoch, from: end }];
    this.leaderEpoch = epoch;
    while ((this.#batches.at(-1)?.nextOffset ?? 0) > end) this.#batches.pop();
    this.endOffset = Math.min(end, this.endOffset);
  }

  /** The greatest epoch up to this one, and where it ends; -1 for both when there is none, or it is greater than all. */
  endOf(asked: number): { readonly epoch: number; readonly endOffset: number } {
    const index = this.#epochs.findLastIndex(({ epoch }) => epoch <= asked);
    const found = this.#epochs[index];
    const next = this.#epochs[index + 1];
    if (found === undefined || (next === undefined && found.epoch < asked)) return { epoch: -1, endOffset: -1 };
    return { epoch: found.epoch, endOffset: next?.from ?? this.endOffset };
  }

  read(from: number, maxBytes: number): Buffer {
    const chosen: Buffer[] = [];
    let size = 0;
    for (const { bytes, nextOffset } of this.#batches) {
      if (nextOffset <= from || (chosen.length > 0 && size + bytes.length > maxBytes)) continue;
      chosen.push(this.mangle(Buffer.from(bytes)));
      size += bytes.length;
    }
    return Buffer.concat(chosen);
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
