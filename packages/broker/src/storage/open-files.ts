import type { FileHandle, FileSystem } from "@ottla/world";

/**
 * Opens files when they are used and keeps at most so many open, closing the one not used for longest. A file that is being
 * read or synced is not closed, and where acknowledgements wait for syncs none that has bytes to sync: an error of the disk is
 * reported to the descriptors open at that moment, and to nobody else.
 */
export class OpenFiles {
  readonly files: FileSystem;
  readonly #maxOpen: number;
  /** Files with bytes that no sync has covered stay open. */
  readonly holdsUnsynced: boolean;
  // Least recently used first.
  readonly #open = new Map<StoredFile, FileHandle>();

  constructor(files: FileSystem, maxOpen: number, holdsUnsynced: boolean) {
    this.holdsUnsynced = holdsUnsynced;
    this.files = files;
    this.#maxOpen = maxOpen;
  }

  get openCount(): number {
    return this.#open.size;
  }

  use(file: StoredFile, mode: "r+" | "w+"): FileHandle {
    let handle = this.#open.get(file);
    if (handle === undefined || mode === "w+") {
      handle?.close();
      this.#open.delete(file);
      this.#makeRoom();
      handle = this.files.open(file.path, mode);
    } else {
      this.#open.delete(file);
    }
    this.#open.set(file, handle);
    return handle;
  }

  close(file: StoredFile): void {
    this.#open.get(file)?.close();
    this.#open.delete(file);
  }

  closeAll(): void {
    for (const file of [...this.#open.keys()]) this.close(file);
  }

  #makeRoom(): void {
    if (this.#open.size < this.#maxOpen) return;
    for (const file of this.#open.keys()) {
      if (file.isHeld) continue;
      this.close(file);
      if (this.#open.size < this.#maxOpen) return;
    }
  }
}

/** A file by its path, open when needed. */
export class StoredFile {
  readonly path: string;
  readonly #open: OpenFiles;
  #holders = 0;
  #isDirty = false;
  #closesWhenFree = false;

  constructor(open: OpenFiles, path: string) {
    this.#open = open;
    this.path = path;
  }

  get isHeld(): boolean {
    return this.#holders > 0 || (this.#isDirty && this.#open.holdsUnsynced);
  }

  /** Makes the file, or empties it. */
  create(): void {
    this.#open.use(this, "w+");
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const handle = this.#open.use(this, "r+");
    this.#isDirty = true;
    handle.write(buffers, position);
  }

  read(target: Uint8Array, position: number): number {
    return this.#open.use(this, "r+").read(target, position);
  }

  readAsync(target: Uint8Array, position: number): Promise<number> {
    return this.#holding((handle) => handle.readAsync(target, position));
  }

  truncate(size: number): void {
    this.#open.use(this, "r+").truncate(size);
  }

  /** What is written by now is on the disk when this resolves. */
  async datasync(): Promise<void> {
    // Before, not after: bytes written while the sync runs are dirty again.
    this.#isDirty = false;
    await this.#holding((handle) => handle.datasync());
  }

  /** As {@link StoredFile.datasync}, blocking. */
  datasyncNow(): void {
    this.#open.use(this, "r+").datasyncNow();
    this.#isDirty = false;
  }

  /** Closes once nothing is under way. The file may be used again. */
  close(): void {
    this.#isDirty = false;
    if (this.#holders > 0) this.#closesWhenFree = true;
    else this.#open.close(this);
  }

  async #holding<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const handle = this.#open.use(this, "r+");
    this.#holders += 1;
    try {
      return await work(handle);
    } finally {
      this.#holders -= 1;
      if (this.#holders === 0 && this.#closesWhenFree) {
        this.#closesWhenFree = false;
        this.#open.close(this);
      }
    }
  }
}
