import { type OpenFiles, StoredFile } from "../storage/open-files.js";
import {
  type AbortedTransaction,
  abortedTransactionBytes,
  decodeAbortedTransactions,
  encodeAbortedTransactions,
} from "./aborted-transaction.js";

const mostBytes = 64 * 1024 * 1024;

/**
 * Kafka's `.txnindex` of one segment: the aborted transactions whose markers are in it, in that order. Unlike the other two
 * it is no hint that a reader could check: a missing entry would show aborted records. So (1) an entry is written before its
 * marker, and both are synced before the marker counts as durable; (2) a segment that recovery reads through loses its file, and
 * gets the list that its batches give; (3) a segment without a file is one of which nothing is known. One without aborted
 * transactions has an empty file once it is finished.
 */
export class TransactionIndex {
  readonly file: StoredFile;
  readonly #openFiles: OpenFiles;
  readonly #baseOffset: number;
  #entries: AbortedTransaction[] | undefined;
  // The least first offset, which stays when the list goes.
  #earliest: number | undefined;
  #length = 0;
  #exists: boolean | undefined;
  #isUnsynced = false;

  constructor(openFiles: OpenFiles, path: string, baseOffset: number) {
    this.#openFiles = openFiles;
    this.#baseOffset = baseOffset;
    this.file = new StoredFile(openFiles, path);
  }

  /** Entries were written that no sync covers. */
  get isUnsynced(): boolean {
    return this.#isUnsynced;
  }

  /** The segment is new: nothing was aborted in it. */
  begin(): void {
    this.#know([]);
  }

  /** The list, `undefined` when it has to be made from the batches. `nextOffset` is where the segment ends. */
  entries(nextOffset: number): readonly AbortedTransaction[] | undefined {
    if (this.#entries === undefined) {
      const read = this.#read(nextOffset);
      if (read !== undefined) this.#know(read);
    }
    return this.#entries;
  }

  /** First offset of the transaction that begins first, infinity without any; `undefined` as for {@link TransactionIndex.entries}. */
  earliest(nextOffset: number): number | undefined {
    if (this.#earliest === undefined) this.entries(nextOffset);
    return this.#earliest;
  }

  /** Writes entries behind those that are here. True when that made the file. When it throws there are none more than before. */
  append(entries: readonly AbortedTransaction[]): boolean {
    const isNew = this.#length === 0 || !this.#isThere();
    // Bytes that a failed write left must not come behind those of a next one.
    if (isNew) this.file.create();
    this.#exists = true;
    this.#isUnsynced = true;
    this.file.write([encodeAbortedTransactions(entries)], this.#length * abortedTransactionBytes);
    this.#entries ??= [];
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#earliest = Math.min(this.#earliest ?? Number.POSITIVE_INFINITY, entry.firstOffset);
    }
    this.#length = this.#entries.length;
    return isNew;
  }

  /** Forgets the last entries: their markers could not be written. {@link TransactionIndex.trim} takes them from the file. */
  takeBack(count: number): void {
    this.#know((this.#entries ?? []).slice(0, this.#length - count));
  }

  /** Cuts the file to what is known. */
  trim(): void {
    if (this.#entries === undefined || !this.#isThere()) return;
    this.file.truncate(this.#length * abortedTransactionBytes);
    this.#isUnsynced = true;
  }

  /** Takes in the list made from the batches; a file with it is whole and on the disk. */
  restore(entries: readonly AbortedTransaction[]): void {
    this.#know([...entries]);
    if (entries.length === 0 && !this.#isThere()) return;
    const { files } = this.#openFiles;
    const temporary = `${this.file.path}.tmp`;
    this.file.close();
    try {
      const handle = files.open(temporary, "w+");
      try {
        handle.write([encodeAbortedTransactions(entries)], 0);
        handle.datasyncNow();
      } finally {
        handle.close();
      }
      files.rename(temporary, this.file.path);
      this.#exists = true;
    } catch {
      // It is made again when it is missed.
    }
  }

  /** Says by an empty file that there is nothing to say, best effort. */
  finish(): void {
    if (this.#entries?.length !== 0 || this.#isThere()) return;
    try {
      this.#openFiles.files.open(this.file.path, "w+").close();
      this.#exists = true;
    } catch {
      // The batches are looked through when it is missed.
    }
  }

  /** Counts what is written so far as synced: the caller is about to. */
  noteSync(): void {
    this.#isUnsynced = false;
  }

  /** Lets go of the list in memory. */
  drop(): void {
    if (this.#length > 0 && !this.#isUnsynced && this.#isThere()) this.#entries = undefined;
  }

  close(): void {
    this.file.close();
  }

  /** Removes the file; nothing is known then. */
  remove(): void {
    this.close();
    if (this.#isThere()) this.#openFiles.files.unlink(this.file.path);
    this.#exists = false;
    this.#isUnsynced = false;
    this.#entries = undefined;
    this.#earliest = undefined;
    this.#length = 0;
  }

  #know(entries: AbortedTransaction[]): void {
    this.#entries = entries;
    this.#length = entries.length;
    this.#earliest = entries.reduce((least, { firstOffset }) => Math.min(least, firstOffset), Number.POSITIVE_INFINITY);
  }

  #isThere(): boolean {
    this.#exists ??= this.#openFiles.files.stat(this.file.path) !== undefined;
    return this.#exists;
  }

  #read(nextOffset: number): AbortedTransaction[] | undefined {
    const { files } = this.#openFiles;
    const size = files.stat(this.file.path)?.size;
    this.#exists = size !== undefined;
    if (size === undefined || size > mostBytes) return undefined;
    if (size === 0) return [];
    const bytes = Buffer.alloc(size);
    const handle = files.open(this.file.path, "r");
    try {
      return decodeAbortedTransactions(bytes.subarray(0, handle.read(bytes, 0)), this.#baseOffset, nextOffset);
    } finally {
      handle.close();
    }
  }
}
