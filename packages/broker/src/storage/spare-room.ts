import type { FileSystem } from "@ottla/world";

// Enough for the log starts of some thousand partitions, and little beside one segment.
const spareBytes = 131_072;

/** Of a full disk, or of one on which this user has no more room. */
export const isOutOfSpace = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");

/** A file that keeps some room on the disk, for what has to be written to make more. */
export class SpareRoom {
  readonly #files: FileSystem;
  readonly #path: string;

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Takes the room if it is not taken yet. Without success that is tried the next time. */
  keep(): void {
    try {
      if (this.#files.stat(this.#path)?.size === spareBytes) return;
      const handle = this.#files.open(this.#path, "w+");
      try {
        handle.write([Buffer.alloc(spareBytes)], 0);
      } finally {
        handle.close();
      }
    } catch {
      this.release();
    }
  }

  /** Gives the room back to the disk. Answers whether there was any. */
  release(): boolean {
    try {
      const size = this.#files.stat(this.#path)?.size ?? 0;
      if (size > 0) this.#files.unlink(this.#path);
      return size > 0;
    } catch {
      return false;
    }
  }
}
