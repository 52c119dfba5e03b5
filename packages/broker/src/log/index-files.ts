import type { FileSystem } from "@ottla/world";
import { SegmentIndexes } from "./segment-indexes.js";

const indexMaxBytes = 64 * 1024 * 1024;

/** The files of a segment's offset and time index. They are hints: not synced, and made anew where they are missing. */
export class IndexFiles {
  readonly #files: FileSystem;
  readonly #offsets: string;
  readonly #times: string;

  /** @param stem - The segment's path without the ending. */
  constructor(files: FileSystem, stem: string) {
    this.#files = files;
    this.#offsets = `${stem}.index`;
    this.#times = `${stem}.timeindex`;
  }

  /** What the files say; `undefined` when one is missing or much too long. */
  load(baseOffset: number): SegmentIndexes | undefined {
    const offsets = this.#read(this.#offsets);
    const times = this.#read(this.#times);
    if (offsets === undefined || times === undefined) return undefined;
    return new SegmentIndexes(baseOffset, { offsets, times });
  }

  /** Writes both, best effort. */
  save(indexes: SegmentIndexes): void {
    this.#write(this.#offsets, indexes.offsets.bytes);
    this.#write(this.#times, indexes.times.bytes);
  }

  remove(): void {
    for (const path of [this.#offsets, this.#times]) {
      if (this.#files.stat(path) !== undefined) this.#files.unlink(path);
    }
  }

  #read(path: string): Buffer | undefined {
    const size = this.#files.stat(path)?.size;
    if (size === undefined || size > indexMaxBytes) return undefined;
    const bytes = Buffer.alloc(size);
    const handle = this.#files.open(path, "r");
    try {
      return bytes.subarray(0, handle.read(bytes, 0));
    } finally {
      handle.close();
    }
  }

  #write(path: string, bytes: Buffer): void {
    try {
      const handle = this.#files.open(path, "w+");
      try {
        handle.write([bytes], 0);
      } finally {
        handle.close();
      }
    } catch {
      // No room, no descriptor: the index is built anew when it is missed.
    }
  }
}
