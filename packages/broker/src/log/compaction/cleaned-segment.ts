import { StoredFile } from "../../storage/open-files.js";
import type { LogEnvironment } from "../log-environment.js";
import { offsetName } from "../segment.js";
import { SegmentIndexes } from "../segment-indexes.js";

export const cleanedSuffix = ".cleaned";

/** The file that takes the place of a group of segments, as it is being written. */
export class CleanedSegment {
  readonly baseOffset: number;
  readonly indexes: SegmentIndexes;
  readonly #env: LogEnvironment;
  readonly #file: StoredFile;
  readonly #writeBytes: number;
  readonly #indexIntervalBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;

  constructor(
    env: LogEnvironment,
    folder: string,
    baseOffset: number,
    sizes: { readonly writeBytes: number; readonly indexIntervalBytes: number },
  ) {
    this.#env = env;
    this.baseOffset = baseOffset;
    this.indexes = new SegmentIndexes(baseOffset);
    this.#writeBytes = sizes.writeBytes;
    this.#indexIntervalBytes = sizes.indexIntervalBytes;
    this.#file = new StoredFile(env.openFiles, `${folder}/${offsetName(baseOffset)}.log${cleanedSuffix}`);
    this.#file.create();
  }

  get path(): string {
    return this.#file.path;
  }

  get sizeInBytes(): number {
    return this.#written + this.#pendingBytes;
  }

  append(batch: Buffer): void {
    this.indexes.add(batch, 0, this.sizeInBytes, batch.length, this.#indexIntervalBytes);
    this.#pending.push(batch);
    this.#pendingBytes += batch.length;
    if (this.#pendingBytes >= this.#writeBytes) this.#flush();
  }

  /** Puts the content on the disk. */
  async finish(): Promise<void> {
    this.#flush();
    await this.#env.syncSlots.run(() => this.#file.datasync());
    this.#file.close();
  }

  /** Removes the file, best effort: a start removes it too. */
  discard(): void {
    this.#file.close();
    try {
      this.#env.openFiles.files.unlink(this.#file.path);
    } catch {
      // What is not removed now goes with the next start.
    }
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#file.write(this.#pending, this.#written);
    this.#written += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
