import type { FileHandle, FileSystem } from "../file-system.js";
import { nodeFiles } from "./node-files.js";

/**
 * Node's files for a worker, which has nothing else to do meanwhile: it waits for the disk itself, and leaves the few threads of
 * Node's pool, which are those of the whole process, to the event loop.
 */
export const workerFiles: FileSystem = Object.freeze({
  ...nodeFiles,
  open: (path: string, mode: "r" | "r+" | "w+" | "wx+") => new BlockingFile(nodeFiles.open(path, mode)),
});

class BlockingFile implements FileHandle {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    this.#file.write(buffers, position);
  }

  read(target: Uint8Array, position: number): number {
    return this.#file.read(target, position);
  }

  async readAsync(target: Uint8Array, position: number): Promise<number> {
    return this.#file.read(target, position);
  }

  truncate(size: number): void {
    this.#file.truncate(size);
  }

  size(): number {
    return this.#file.size();
  }

  async datasync(): Promise<void> {
    this.#file.datasyncNow();
  }

  datasyncNow(): void {
    this.#file.datasyncNow();
  }

  close(): void {
    this.#file.close();
  }
}
