import avsc from "avsc";

/** The part of avsc's cursor over a payload that is used here. Reading past the end answers zeros and moves on. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string;
  skipString(): void;
  /** Items so far that took no bytes. */
  weightless?: number;
}

/** What avsc's types and resolvers have, and its declarations do not show. */
interface Readable {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** More items without any bytes (nulls, empty records) than a payload can mean. */
const mostWeightless = 100_000;

const mostRoomAtOnce = 1_000;

/*
 * A block of an array or a map begins with the number of its items. avsc believes it, and goes on after the end of the
 * payload, so that ten bytes can ask for 2^53 items; a block that is skipped may give a negative length, and is then skipped
 * for ever. Here each item must be inside the payload: what is read costs no more than what was sent.
 */

/** Avro arrays, read no further than their payload. */
export class BoundedArrayType extends avsc.types.ArrayType {
  /** avsc calls this on resolvers, too: they have `itemsType` as well. */
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Readable;
    const { length } = tap.buf;
    let values: unknown[] | undefined;
    let index = 0;
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      // Room at once is faster. Not for all that is claimed: in a tree, each level could claim the whole payload.
      values ??= new Array(Math.min(count, mostRoomAtOnce));
      for (let left = count; left > 0; left -= 1) {
        const before = tap.pos;
        values[index] = items._read(tap);
        index += 1;
        if (tap.pos === before) countWeightless(tap);
        else if (tap.pos > length) throw truncated();
      }
    }
    if (values !== undefined && values.length !== index) values.length = index;
    return values ?? [];
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Readable;
    skipBlocks(tap, () => items._skip(tap));
  }
}

/** Avro maps, read no further than their payload. */
export class BoundedMapType extends avsc.types.MapType {
  /** As {@link BoundedArrayType._read}. */
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as unknown as Readable;
    const { length } = tap.buf;
    const map: Record<string, unknown> = {};
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      for (let left = count; left > 0; left -= 1) {
        const key = tap.readString();
        const value = values._read(tap);
        if (tap.pos > length) throw truncated();
        if (key === "__proto__") Object.defineProperty(map, key, { value, ...ordinary });
        else map[key] = value;
      }
    }
    return map;
  }

  _skip(tap: Tap): void {
    const values = this.valuesType as unknown as Readable;
    skipBlocks(tap, () => {
      tap.skipString();
      values._skip(tap);
    });
  }
}

const ordinary = { enumerable: true, configurable: true, writable: true } as const;

/** How many items come next; 0 is the end. A negative count is followed by the block's length. */
function blockCount(tap: Tap): number {
  const count = tap.readLong();
  if (count >= 0) return count;
  tap.readLong();
  return -count;
}

function skipBlocks(tap: Tap, skipItem: () => void): void {
  const { length } = tap.buf;
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      const blockBytes = tap.readLong();
      if (blockBytes < 0) throw new Error(`a block of ${blockBytes} bytes`);
      tap.pos += blockBytes;
      if (tap.pos > length) throw truncated();
      continue;
    }
    for (; count > 0; count -= 1) {
      const before = tap.pos;
      skipItem();
      if (tap.pos === before) countWeightless(tap);
      else if (tap.pos > length) throw truncated();
    }
  }
}

function countWeightless(tap: Tap): void {
  tap.weightless = (tap.weightless ?? 0) + 1;
  if (tap.weightless > mostWeightless) throw new Error(`more than ${mostWeightless} items that take no bytes`);
}

const truncated = (): Error => new Error("truncated buffer");
