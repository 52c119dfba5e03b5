import { type FileHandle, type FileSystem, type SystemErrorCode, systemError } from "@ottla/world";

/** A call of a file system, or of one of its files, and the path that it is about. */
export interface FileCall {
  readonly name: keyof FileSystem | keyof FileHandle;
  readonly path: string;
}

/** A file system of which any call may fail, also those that only look. */
export class FailingFiles {
  readonly #files: FileSystem;
  readonly #judge: (call: FileCall) => SystemErrorCode | undefined;

  constructor(files: FileSystem, judge: (call: FileCall) => SystemErrorCode | undefined) {
    this.#files = files;
    this.#judge = judge;
  }

  get asFileSystem(): FileSystem {
    const files = this.#files;
    return {
      open: (path, mode) => this.#try("open", path, () => this.#handle(path, files.open(path, mode))),
      makeDirectory: (path) => this.#try("makeDirectory", path, () => files.makeDirectory(path)),
      list: (path) => this.#try("list", path, () => files.list(path)),
      stat: (path) => files.stat(path),
      rename: (from, to) => this.#try("rename", to, () => files.rename(from, to)),
      unlink: (path) => this.#try("unlink", path, () => files.unlink(path)),
      removeDirectory: (path) => this.#try("removeDirectory", path, () => files.removeDirectory(path)),
      syncDirectory: (path) => this.#try("syncDirectory", path, () => files.syncDirectory(path)),
    };
  }

  #handle(path: string, file: FileHandle): FileHandle {
    return {
      write: (buffers, position) => this.#try("write", path, () => file.write(buffers, position)),
      read: (target, position) => this.#try("read", path, () => file.read(target, position)),
      readAsync: async (target, position) => {
        const read = await file.readAsync(target, position);
        return this.#try("readAsync", path, () => read);
      },
      truncate: (size) => this.#try("truncate", path, () => file.truncate(size)),
      size: () => file.size(),
      datasync: async () => {
        await file.datasync();
        this.#try("datasync", path, () => undefined);
      },
      datasyncNow: () => this.#try("datasyncNow", path, () => file.datasyncNow()),
      close: () => file.close(),
    };
  }

  #try<T>(name: FileCall["name"], path: string, call: () => T): T {
    const code = this.#judge({ name, path });
    if (code !== undefined) throw systemError(code, name, path);
    return call();
  }
}
