import type { FileHandle, FileStat, FileSystem } from "../file-system.js";
import { systemError } from "../system-error.js";
import { ChunkedBytes } from "./chunked-bytes.js";

type OpenMode = Parameters<FileSystem["open"]>[1];

class FileNode {
  readonly kind = "file";
  readonly bytes = new ChunkedBytes();
  modifiedMs: number;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

class DirectoryNode {
  readonly kind = "directory";
  readonly entries = new Map<string, FileNode | DirectoryNode>();
  modifiedMs: number;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

type Node = FileNode | DirectoryNode;

/** An open file keeps its node: reads and writes go on after an unlink or a rename, as on POSIX. */
class MemoryFile implements FileHandle {
  readonly #node: FileNode;
  readonly #isWritable: boolean;
  readonly #now: () => number;
  #isOpen = true;

  constructor(node: FileNode, isWritable: boolean, now: () => number) {
    this.#node = node;
    this.#isWritable = isWritable;
    this.#now = now;
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const bytes = this.#open("write", true);
    if (!(position >= 0)) throw systemError("EINVAL", "write");
    let at = position;
    for (const buffer of buffers) {
      bytes.write(buffer, at);
      at += buffer.byteLength;
    }
    this.#node.modifiedMs = this.#now();
  }

  read(target: Uint8Array, position: number): number {
    return this.#open("read").read(target, position);
  }

  async readAsync(target: Uint8Array, position: number): Promise<number> {
    return this.read(target, position);
  }

  truncate(size: number): void {
    const bytes = this.#open("ftruncate", true);
    if (!(size >= 0)) throw systemError("EINVAL", "ftruncate");
    bytes.resize(size);
    this.#node.modifiedMs = this.#now();
  }

  size(): number {
    return this.#open("fstat").size;
  }

  async datasync(): Promise<void> {
    this.datasyncNow();
  }

  datasyncNow(): void {
    this.#open("fdatasync");
  }

  close(): void {
    this.#isOpen = false;
  }

  #open(syscall: string, toWrite = false): ChunkedBytes {
    if (!this.#isOpen || (toWrite && !this.#isWritable)) throw systemError("EBADF", syscall);
    return this.#node.bytes;
  }
}

class MemoryFiles implements FileSystem {
  readonly #root: DirectoryNode;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#root = new DirectoryNode(now());
  }

  open(path: string, mode: OpenMode): FileHandle {
    const { parent, name } = this.#locate(path, "open");
    let node = parent.entries.get(name);
    if (node === undefined) {
      if (mode === "r" || mode === "r+") throw systemError("ENOENT", "open", path);
      node = new FileNode(this.#now());
      this.#enter(parent, name, node);
    } else if (mode === "wx+") {
      throw systemError("EEXIST", "open", path);
    }
    if (node.kind === "directory") throw systemError("EISDIR", "open", path);
    if (mode === "w+") node.bytes.resize(0);
    return new MemoryFile(node, mode !== "r", this.#now);
  }

  makeDirectory(path: string): void {
    let directory = this.#root;
    const names = namesOf(path);
    for (const [index, name] of names.entries()) {
      const next = directory.entries.get(name);
      if (next === undefined) {
        const made = new DirectoryNode(this.#now());
        this.#enter(directory, name, made);
        directory = made;
      } else if (next.kind === "directory") {
        directory = next;
      } else {
        throw systemError(index === names.length - 1 ? "EEXIST" : "ENOTDIR", "mkdir", path);
      }
    }
  }

  list(path: string): readonly string[] {
    return [...this.#directory(path, "scandir").entries.keys()].sort();
  }

  stat(path: string): FileStat | undefined {
    const node = this.#find(path);
    if (node === undefined) return undefined;
    const isDirectory = node.kind === "directory";
    return { size: isDirectory ? 0 : node.bytes.size, isDirectory, modifiedMs: node.modifiedMs };
  }

  rename(from: string, to: string): void {
    const source = this.#locate(from, "rename");
    const target = this.#locate(to, "rename");
    const moved = source.parent.entries.get(source.name);
    if (moved === undefined) throw systemError("ENOENT", "rename", from);
    const replaced = target.parent.entries.get(target.name);
    if (replaced === moved) return;
    if (moved.kind === "directory" && isInside(to, from)) throw systemError("EINVAL", "rename", from);
    if (replaced?.kind === "directory") {
      if (moved.kind === "file") throw systemError("EISDIR", "rename", from);
      if (replaced.entries.size > 0) throw systemError("ENOTEMPTY", "rename", from);
    } else if (replaced !== undefined && moved.kind === "directory") {
      throw systemError("ENOTDIR", "rename", from);
    }
    this.#leave(source.parent, source.name);
    this.#enter(target.parent, target.name, moved);
  }

  unlink(path: string): void {
    const { parent, name } = this.#locate(path, "unlink");
    const node = parent.entries.get(name);
    if (node === undefined) throw systemError("ENOENT", "unlink", path);
    if (node.kind === "directory") throw systemError("EISDIR", "unlink", path);
    this.#leave(parent, name);
  }

  removeDirectory(path: string): void {
    const { entries } = this.#directory(path, "rmdir");
    if (entries.size > 0) throw systemError("ENOTEMPTY", "rmdir", path);
    const { parent, name } = this.#locate(path, "rmdir");
    this.#leave(parent, name);
  }

  syncDirectory(path: string): void {
    this.#directory(path, "open");
  }

  #enter(parent: DirectoryNode, name: string, node: Node): void {
    parent.entries.set(name, node);
    parent.modifiedMs = this.#now();
  }

  #leave(parent: DirectoryNode, name: string): void {
    parent.entries.delete(name);
    parent.modifiedMs = this.#now();
  }

  #find(path: string): Node | undefined {
    let node: Node = this.#root;
    for (const name of namesOf(path)) {
      if (node.kind !== "directory") return undefined;
      const next = node.entries.get(name);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  #directory(path: string, syscall: string): DirectoryNode {
    return this.#directoryAt(namesOf(path), syscall, path);
  }

  #directoryAt(names: readonly string[], syscall: string, path: string): DirectoryNode {
    let directory = this.#root;
    for (const name of names) {
      const next = directory.entries.get(name);
      if (next === undefined) throw systemError("ENOENT", syscall, path);
      if (next.kind !== "directory") throw systemError("ENOTDIR", syscall, path);
      directory = next;
    }
    return directory;
  }

  #locate(path: string, syscall: string): { readonly parent: DirectoryNode; readonly name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw systemError("EINVAL", syscall, path);
    return { parent: this.#directoryAt(names, syscall, path), name };
  }
}

/** The names a path is made of. Drive letters and both separators are accepted, so that a Windows path works unchanged. */
function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split(/[\\/]/)) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

function isInside(path: string, directory: string): boolean {
  const outer = namesOf(directory);
  const inner = namesOf(path);
  return inner.length > outer.length && outer.every((name, index) => inner[index] === name);
}

/**
 * An empty file system that lives in memory and goes with the process: for brokers with `durability: "memory"` and for tests.
 * Errors are shaped as Node's. Syncing does nothing. Opening a folder is refused with `EISDIR` in every mode.
 *
 * @param now - Where modification times come from; without it they are 0.
 */
export function memoryFiles(now: () => number = () => 0): FileSystem {
  return new MemoryFiles(now);
}
