import { type FileHandle, type FileSystem, systemError } from "@ottla/world";

/** What becomes of a file that is removed while it is open: its name stays until the last handle is closed, or the call fails. */
export type RemovalOfOpenFiles = "pending" | "refused";

/**
 * Files as Windows has them under Node: an open file may be renamed, but nothing may be renamed over it, nor a folder that it is
 * in; a folder is never renamed over.
 */
export class WindowsFiles {
  readonly #files: FileSystem;
  readonly #removal: RemovalOfOpenFiles;
  readonly #open = new Set<{ path: string }>();
  readonly #pending = new Set<string>();

  constructor(files: FileSystem, removal: RemovalOfOpenFiles) {
    this.#files = files;
    this.#removal = removal;
  }

  get asFileSystem(): FileSystem {
    const files = this.#files;
    return {
      open: (path, mode) => {
        this.#refusePending(path, "open");
        return this.#handle(path, files.open(path, mode));
      },
      makeDirectory: (path) => files.makeDirectory(path),
      list: (path) => files.list(path),
      stat: (path) => files.stat(path),
      rename: (from, to) => this.#rename(from, to),
      unlink: (path) => this.#unlink(path),
      removeDirectory: (path) => files.removeDirectory(path),
      // What the adapter of Node does there: names are the file system's business.
      syncDirectory: () => {},
    };
  }

  #rename(from: string, to: string): void {
    this.#refusePending(from, "rename");
    const isFolder = this.#files.stat(from)?.isDirectory === true;
    const target = this.#files.stat(to);
    if (target !== undefined && (target.isDirectory || this.#isOpen(to))) throw systemError("EPERM", "rename", to);
    if (isFolder && [...this.#open].some(({ path }) => path.startsWith(`${from}/`))) {
      throw systemError("EPERM", "rename", from);
    }
    this.#files.rename(from, to);
    for (const file of this.#open) if (file.path === from) file.path = to;
  }

  #unlink(path: string): void {
    this.#refusePending(path, "unlink");
    if (!this.#isOpen(path)) this.#files.unlink(path);
    else if (this.#removal === "refused") throw systemError("EBUSY", "unlink", path);
    else this.#pending.add(path);
  }

  #isOpen(path: string): boolean {
    return [...this.#open].some((file) => file.path === path);
  }

  #refusePending(path: string, syscall: string): void {
    if (this.#pending.has(path)) throw systemError("EPERM", syscall, path);
  }

  #handle(path: string, file: FileHandle): FileHandle {
    const opened = { path };
    this.#open.add(opened);
    return {
      write: (buffers, position) => file.write(buffers, position),
      read: (target, position) => file.read(target, position),
      readAsync: (target, position) => file.readAsync(target, position),
      truncate: (size) => file.truncate(size),
      size: () => file.size(),
      datasync: () => file.datasync(),
      datasyncNow: () => file.datasyncNow(),
      close: () => {
        file.close();
        this.#open.delete(opened);
        if (this.#pending.has(opened.path) && !this.#isOpen(opened.path)) {
          this.#pending.delete(opened.path);
          this.#files.unlink(opened.path);
        }
      },
    };
  }
}
