import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
  writevSync,
} from "node:fs";
import type { FileHandle, FileStat, FileSystem } from "../file-system.js";
import { systemError } from "../system-error.js";
import { writeFully } from "./write-fully.js";

/**
 * Closing waits for reads and syncs on their way: the kernel would give the number to the next file opened, and the thread
 * pool would then read or sync that one.
 */
class NodeFile implements FileHandle {
  readonly #descriptor: number;
  #isOpen = true;
  #onTheirWay = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const descriptor = this.#open("write");
    writeFully((pending, at) => writevSync(descriptor, pending, at), buffers, position);
  }

  read(target: Uint8Array, position: number): number {
    return readSync(this.#open("read"), target, 0, target.byteLength, position);
  }

  readAsync(target: Uint8Array, position: number): Promise<number> {
    return this.#inPool("read", (descriptor, done) => read(descriptor, target, 0, target.byteLength, position, done));
  }

  truncate(size: number): void {
    ftruncateSync(this.#open("ftruncate"), size);
  }

  size(): number {
    return fstatSync(this.#open("fstat")).size;
  }

  async datasync(): Promise<void> {
    await this.#inPool<undefined>("fdatasync", (descriptor, done) =>
      fdatasync(descriptor, (error) => done(error, undefined)),
    );
  }

  datasyncNow(): void {
    fdatasyncSync(this.#open("fdatasync"));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#onTheirWay === 0) closeSync(this.#descriptor);
  }

  #open(syscall: string): number {
    if (!this.#isOpen) throw systemError("EBADF", syscall);
    return this.#descriptor;
  }

  #inPool<T>(
    syscall: string,
    start: (descriptor: number, done: (error: Error | null, value: T) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const descriptor = this.#open(syscall);
      start(descriptor, (error, value) => {
        this.#onTheirWay -= 1;
        if (!this.#isOpen && this.#onTheirWay === 0) closeSync(descriptor);
        if (error === null) resolve(value);
        else reject(error);
      });
      this.#onTheirWay += 1;
    });
  }
}

export const nodeFiles: FileSystem = Object.freeze({
  open: (path: string, mode: "r" | "r+" | "w+" | "wx+") => new NodeFile(openSync(path, mode)),
  makeDirectory: (path: string) => {
    mkdirSync(path, { recursive: true });
  },
  list: (path: string) => readdirSync(path).sort(),
  stat: (path: string): FileStat | undefined => {
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat && { size: stat.size, isDirectory: stat.isDirectory(), modifiedMs: stat.mtimeMs };
    } catch (error) {
      // A file where the path has a folder: nothing is there either.
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
      throw error;
    }
  },
  rename: (from: string, to: string) => renameSync(from, to),
  unlink: (path: string) => unlinkSync(path),
  removeDirectory: (path: string) => rmdirSync(path),
  space: (path: string) => {
    const { bsize, blocks, bavail } = statfsSync(path);
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
  },
  syncDirectory: (path: string) => {
    // Windows cannot open a folder for syncing; NTFS journals names by itself.
    if (process.platform === "win32") return;
    const descriptor = openSync(path, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
});
