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
  statSync,
  unlinkSync,
  writevSync,
} from "node:fs";
import type { FileHandle, FileStat, FileSystem } from "../file-system.js";

// writev takes at most IOV_MAX buffers a call.
const buffersPerWrite = 1024;

class NodeFile implements FileHandle {
  readonly #descriptor: number;
  #isOpen = true;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    let at = position;
    for (let first = 0; first < buffers.length; first += buffersPerWrite) {
      at = this.#writeAll(buffers.slice(first, first + buffersPerWrite), at);
    }
  }

  #writeAll(buffers: Uint8Array[], position: number): number {
    let pending = buffers;
    let at = position;
    while (pending.length > 0) {
      let written = writevSync(this.#descriptor, pending, at);
      at += written;
      // A short write ends inside some buffer (a nearly full disk does this): go on behind it, and the next call says why.
      let next = 0;
      for (; next < pending.length; next += 1) {
        const length = (pending[next] as Uint8Array).byteLength;
        if (written < length) break;
        written -= length;
      }
      pending = pending.slice(next);
      if (pending.length > 0 && written > 0) pending[0] = (pending[0] as Uint8Array).subarray(written);
    }
    return at;
  }

  read(target: Uint8Array, position: number): number {
    return readSync(this.#descriptor, target, 0, target.byteLength, position);
  }

  readAsync(target: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#descriptor, target, 0, target.byteLength, position, (error, bytesRead) =>
        error === null ? resolve(bytesRead) : reject(error),
      );
    });
  }

  truncate(size: number): void {
    ftruncateSync(this.#descriptor, size);
  }

  size(): number {
    return fstatSync(this.#descriptor).size;
  }

  datasync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  datasyncNow(): void {
    fdatasyncSync(this.#descriptor);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

export const nodeFiles: FileSystem = Object.freeze({
  open: (path: string, mode: "r" | "r+" | "w+" | "wx+") => new NodeFile(openSync(path, mode)),
  makeDirectory: (path: string) => {
    mkdirSync(path, { recursive: true });
  },
  list: (path: string) => readdirSync(path).sort(),
  stat: (path: string): FileStat | undefined => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat && { size: stat.size, isDirectory: stat.isDirectory(), modifiedMs: stat.mtimeMs };
  },
  rename: (from: string, to: string) => renameSync(from, to),
  unlink: (path: string) => unlinkSync(path),
  removeDirectory: (path: string) => rmdirSync(path),
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
