import { encodeStored } from "../state/encode-stored.js";
import type { StoredRecord } from "../state/stored-record.js";

/**
 * Keys that other registries, or releases, spelled otherwise than ours: compaction takes them for other keys. What stood under
 * such a key would come back when the record that followed it under our key, or its tombstone, is gone.
 */
export class KeySpellings {
  /** Other spellings that hold a value, by ours. */
  readonly #others = new Map<string, Set<string>>();

  /** Notes how a record that was read is spelled. */
  heard(record: StoredRecord, key: Buffer, value: Buffer | null): void {
    const own = encodeStored(record).key;
    if (own.equals(key)) return;
    const others = this.#others.get(own.toString()) ?? new Set();
    if (value === null) others.delete(key.toString());
    else others.add(key.toString());
    if (others.size === 0) this.#others.delete(own.toString());
    else this.#others.set(own.toString(), others);
  }

  /** Tombstones for what stands under other spellings of a record's key, to be written before it. */
  forgotten(record: StoredRecord): readonly { readonly key: Buffer; readonly value: null }[] {
    if (this.#others.size === 0) return [];
    const others = this.#others.get(encodeStored(record).key.toString()) ?? [];
    return [...others].map((key) => ({ key: Buffer.from(key), value: null }));
  }
}
