import { type FileHandle, type FileStat, type FileSystem, systemError } from "@ottla/world";
import { type Disk, DiskDirectory, type DiskNode } from "./disk.js";
import { DiskFile } from "./disk-file.js";

/** A call that changes the disk or makes a change sure. */
export interface FileOperation {
  /** Counts the operations of one incarnation of a process from 0. */
  readonly index: number;
  readonly kind:
    | "create"
    | "write"
    | "truncate"
    | "datasync"
    | "makeDirectory"
    | "rename"
    | "unlink"
    | "removeDirectory"
    | "syncDirectory";
  /** Where; a rename's target. */
  readonly path: string;
}

/**
 * What a test may do to an operation: let it be (`undefined`), make a sync do nothing while it claims to have worked (`"skip"`),
 * or fail it.
 */
export type Verdict = undefined | "skip" | Error;

/** What files need from the process that uses them. */
export interface FilesHost {
  readonly now: () => number;
  /** Hears of every operation after it was done, except that a sync is announced before it is. */
  judge(kind: FileOperation["kind"], path: string, bytes?: Uint8Array): Verdict;
  /** Resolves after the latency of a sync or a read; never, when the process has died by then. */
  latency(kind: "sync" | "read"): Promise<void>;
  /** How much of a failing write is done before it fails. */
  partOf(bytes: number): number;
  readonly maxOpenFiles: number;
}

type OpenMode = Parameters<FileSystem["open"]>[1];

class SimFile implements FileHandle {
  readonly #files: SimFiles;
  readonly #host: FilesHost;
  readonly #node: DiskFile;
  readonly #path: string;
  readonly #isWritable: boolean;
  #isOpen = true;

  constructor(files: SimFiles, host: FilesHost, node: DiskFile, path: string, isWritable: boolean) {
    this.#files = files;
    this.#host = host;
    this.#node = node;
    this.#path = path;
    this.#isWritable = isWritable;
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const node = this.#open("write", true);
    const bytes = buffers.length === 1 ? (buffers[0] as Uint8Array) : Buffer.concat(buffers);
    const verdict = this.#host.judge("write", this.#path, bytes);
    // A disk that fills up takes what fits, and then says so.
    const written = verdict instanceof Error ? bytes.subarray(0, this.#host.partOf(bytes.byteLength)) : bytes;
    node.write(written, position);
    node.modifiedMs = this.#host.now();
    this.#files.done();
    if (verdict instanceof Error) throw verdict;
  }

  read(target: Uint8Array, position: number): number {
    return this.#open("read").read(target, position);
  }

  async readAsync(target: Uint8Array, position: number): Promise<number> {
    const node = this.#open("read");
    await this.#host.latency("read");
    return node.read(target, position);
  }

  truncate(size: number): void {
    const node = this.#open("ftruncate", true);
    this.#files.judge("truncate", this.#path);
    node.truncate(size);
    node.modifiedMs = this.#host.now();
    this.#files.done();
  }

  size(): number {
    return this.#open("fstat").size;
  }

  async datasync(): Promise<void> {
    const node = this.#open("fdatasync");
    const { changes } = node;
    const isSkipped = this.#files.judge("datasync", this.#path) === "skip";
    this.#files.done();
    await this.#host.latency("sync");
    if (!isSkipped) node.synced(changes);
  }

  datasyncNow(): void {
    const node = this.#open("fdatasync");
    const verdict = this.#files.judge("datasync", this.#path);
    this.#files.done();
    if (verdict !== "skip") node.synced(node.changes);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#files.openFiles -= 1;
  }

  #open(syscall: string, toWrite = false): DiskFile {
    if (!this.#isOpen || (toWrite && !this.#isWritable)) throw systemError("EBADF", syscall);
    return this.#node;
  }
}

/** The file system of one incarnation of a process, over the disk of its machine. */
export class SimFiles implements FileSystem {
  readonly #disk: Disk;
  readonly #host: FilesHost;
  readonly #onOperation: () => void;
  openFiles = 0;

  /** @param onOperation - Runs when an operation has been done: the moment at which a test may pull the plug. */
  constructor(disk: Disk, host: FilesHost, onOperation: () => void) {
    this.#disk = disk;
    this.#host = host;
    this.#onOperation = onOperation;
  }

  judge(kind: FileOperation["kind"], path: string, bytes?: Uint8Array): Verdict {
    const verdict = this.#host.judge(kind, path, bytes);
    if (verdict instanceof Error) throw verdict;
    return verdict;
  }

  done(): void {
    this.#onOperation();
  }

  open(path: string, mode: OpenMode): FileHandle {
    const { parent, name } = this.#locate(path, "open");
    if (this.openFiles >= this.#host.maxOpenFiles) throw systemError("EMFILE", "open", path);
    let node = parent.seen.get(name);
    if (node === undefined) {
      if (mode === "r" || mode === "r+") throw systemError("ENOENT", "open", path);
      this.judge("create", path);
      node = new DiskFile(this.#host.now());
      this.#disk.change([{ directory: parent, name, node }], this.#host.now());
      this.done();
    } else if (mode === "wx+") {
      throw systemError("EEXIST", "open", path);
    }
    if (node.kind === "directory") throw systemError("EISDIR", "open", path);
    this.openFiles += 1;
    const file = new SimFile(this, this.#host, node, path, mode !== "r");
    if (mode === "w+" && node.size > 0) file.truncate(0);
    return file;
  }

  makeDirectory(path: string): void {
    const names = namesOf(path);
    for (let depth = 0; depth < names.length; depth += 1) {
      const parent = this.#disk.directory(names.slice(0, depth), "mkdir", path);
      const name = names[depth] as string;
      const there = parent.seen.get(name);
      if (there?.kind === "file") throw systemError(depth === names.length - 1 ? "EEXIST" : "ENOTDIR", "mkdir", path);
      if (there !== undefined) continue;
      this.judge("makeDirectory", `/${names.slice(0, depth + 1).join("/")}`);
      const node = new DiskDirectory(this.#host.now());
      this.#disk.change([{ directory: parent, name, node }], this.#host.now());
      this.done();
    }
  }

  list(path: string): readonly string[] {
    return [...this.#disk.directory(namesOf(path), "scandir", path).seen.keys()].sort();
  }

  stat(path: string): FileStat | undefined {
    let node: DiskNode = this.#disk.root;
    for (const name of namesOf(path)) {
      const next: DiskNode | undefined = node.kind === "directory" ? node.seen.get(name) : undefined;
      if (next === undefined) return undefined;
      node = next;
    }
    return {
      size: node.kind === "directory" ? 0 : node.size,
      isDirectory: node.kind === "directory",
      modifiedMs: node.modifiedMs,
    };
  }

  rename(from: string, to: string): void {
    const source = this.#locate(from, "rename");
    const target = this.#locate(to, "rename");
    const node = source.parent.seen.get(source.name);
    if (node === undefined) throw systemError("ENOENT", "rename", from);
    const replaced = target.parent.seen.get(target.name);
    if (replaced === node) return;
    if (replaced?.kind === "directory") {
      if (node.kind === "file") throw systemError("EISDIR", "rename", from);
      if (replaced.seen.size > 0) throw systemError("ENOTEMPTY", "rename", from);
    } else if (replaced !== undefined && node.kind === "directory") {
      throw systemError("ENOTDIR", "rename", from);
    }
    this.judge("rename", to);
    this.#disk.change(
      [
        { directory: source.parent, name: source.name, node: undefined },
        { directory: target.parent, name: target.name, node },
      ],
      this.#host.now(),
    );
    this.done();
  }

  unlink(path: string): void {
    const { parent, name } = this.#locate(path, "unlink");
    const node = parent.seen.get(name);
    if (node === undefined) throw systemError("ENOENT", "unlink", path);
    if (node.kind === "directory") throw systemError("EISDIR", "unlink", path);
    this.#remove("unlink", parent, name, path);
  }

  removeDirectory(path: string): void {
    const directory = this.#disk.directory(namesOf(path), "rmdir", path);
    if (directory.seen.size > 0) throw systemError("ENOTEMPTY", "rmdir", path);
    const { parent, name } = this.#locate(path, "rmdir");
    this.#remove("removeDirectory", parent, name, path);
  }

  syncDirectory(path: string): void {
    const directory = this.#disk.directory(namesOf(path), "open", path);
    const verdict = this.judge("syncDirectory", path);
    this.done();
    if (verdict !== "skip") this.#disk.syncNames(directory);
  }

  #remove(kind: "unlink" | "removeDirectory", parent: DiskDirectory, name: string, path: string): void {
    this.judge(kind, path);
    this.#disk.change([{ directory: parent, name, node: undefined }], this.#host.now());
    this.done();
  }

  #locate(path: string, syscall: string): { readonly parent: DiskDirectory; readonly name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw systemError("EINVAL", syscall, path);
    return { parent: this.#disk.directory(names, syscall, path), name };
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
