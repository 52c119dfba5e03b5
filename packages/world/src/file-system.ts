/**
 * An open file. Calls without `Async` or a promise block; a write that returned is in the page cache, and is on the
 * disk only after {@link FileHandle.datasync} resolved. Errors are Node's system errors (`error.code` is `ENOSPC`, `EIO`, …).
 */
export interface FileHandle {
  /** Writes all buffers one after the other, beginning at byte `position`. */
  write(buffers: readonly Uint8Array[], position: number): void;
  /** Reads into `target` from byte `position`; answers the number of bytes read, 0 at the end of the file. */
  read(target: Uint8Array, position: number): number;
  /** As {@link FileHandle.read}, without blocking the event loop: for ranges that may have left the page cache. */
  readAsync(target: Uint8Array, position: number): Promise<number>;
  truncate(size: number): void;
  size(): number;
  /** Puts content and size on the disk without blocking the event loop (`fdatasync`). */
  datasync(): Promise<void>;
  /** As {@link FileHandle.datasync}, blocking: for start, stop and rare checkpoints. */
  datasyncNow(): void;
  /** Closing twice does nothing. */
  close(): void;
}

/** What {@link FileSystem.stat} answers. Sizes in bytes, times in milliseconds since the Unix epoch. */
export interface FileStat {
  readonly size: number;
  readonly isDirectory: boolean;
  readonly modifiedMs: number;
}

/**
 * The files a package may touch. Paths are absolute. A created, renamed or removed name survives a power loss only
 * after {@link FileSystem.syncDirectory} of the folder that holds it.
 */
export interface FileSystem {
  /** `"r"` reads what exists; `"r+"` reads and writes what exists; `"w+"` creates or empties; `"wx+"` creates or fails with `EEXIST`. */
  open(path: string, mode: "r" | "r+" | "w+" | "wx+"): FileHandle;
  /** Creates the folder and those above it; an existing one is fine. */
  makeDirectory(path: string): void;
  /** Names inside a folder, sorted. */
  list(path: string): readonly string[];
  /** `undefined` when nothing is there. */
  stat(path: string): FileStat | undefined;
  rename(from: string, to: string): void;
  /** Removes a file; `ENOENT` when it is not there. */
  unlink(path: string): void;
  /** Removes an empty folder. */
  removeDirectory(path: string): void;
  /** Size of the volume that holds `path`, and what of it may still be written. Not there where files have no volume. */
  space?(path: string): { readonly totalBytes: number; readonly usableBytes: number };
  /** Puts the names inside a folder on the disk, blocking. */
  syncDirectory(path: string): void;
}
