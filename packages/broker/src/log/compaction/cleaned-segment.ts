import type { FileHandle, FileSystem } from "@ottla/world";
import type { SyncSlots } from "../../storage/sync-slots.js";
import { SegmentIndexes } from "../segment-indexes.js";
import type { PlannedSegment } from "./cleaning-plan.js";

const cleanedSuffix = ".cleaned";

/** A file on the disk that is to take the place of a group of segments. */
export interface CleanedSegment {
  readonly path: string;
  readonly sizeInBytes: number;
  /** Contents of its index files. */
  readonly indexes: { readonly offsets: Uint8Array; readonly times: Uint8Array };
}

/** Writes what is left of a group of segments. */
export class CleanedSegmentWriter {
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #indexes: SegmentIndexes;
  readonly #file: FileHandle;
  readonly #writeBytes: number;
  readonly #indexIntervalBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;

  /** @param first - Of the group. */
  constructor(
    files: FileSystem,
    first: PlannedSegment,
    sizes: { readonly writeBytes: number; readonly indexIntervalBytes: number },
  ) {
    this.#files = files;
    this.#path = `${first.path}${cleanedSuffix}`;
    this.#indexes = new SegmentIndexes(first.baseOffset);
    this.#writeBytes = sizes.writeBytes;
    this.#indexIntervalBytes = sizes.indexIntervalBytes;
    this.#file = files.open(this.#path, "w+");
  }

  get sizeInBytes(): number {
    return this.#written + this.#pendingBytes;
  }

  append(batch: Buffer): void {
    this.#indexes.add(batch, 0, this.sizeInBytes, batch.length, this.#indexIntervalBytes);
    this.#pending.push(batch);
    this.#pendingBytes += batch.length;
    if (this.#pendingBytes >= this.#writeBytes) this.#flush();
  }

  /** Puts the content on the disk. */
  async finish(syncSlots: SyncSlots): Promise<CleanedSegment> {
    this.#flush();
    await syncSlots.run(() => this.#file.datasync());
    this.close();
    this.#indexes.finish();
    const { offsets, times } = this.#indexes;
    // Copies of just these bytes: what is handed to another thread takes all the memory along that it is in.
    const indexes = { offsets: new Uint8Array(offsets.bytes), times: new Uint8Array(times.bytes) };
    return { path: this.#path, sizeInBytes: this.sizeInBytes, indexes };
  }

  close(): void {
    this.#file.close();
  }

  /** Nothing is to be replaced. */
  discard(): void {
    this.close();
    this.#files.unlink(this.#path);
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#file.write(this.#pending, this.#written);
    this.#written += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

/** Removes what a round left that did not come to its end, best effort: a start removes it too. */
export function discardCleaned(files: FileSystem, folder: string): void {
  try {
    for (const name of files.list(folder)) if (name.endsWith(cleanedSuffix)) files.unlink(`${folder}/${name}`);
  } catch {
    // What is not removed now is written over by the next round, or goes with the next start.
  }
}
