import { createHash } from "node:crypto";

/** The part of a row that says with which others it must keep its order. */
export interface LanePlace {
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
}

/**
 * Names the lane of a row: records of one key keep their order; records without a key keep that of the partition they
 * name, and with neither they have none, and `undefined` comes back.
 */
export function laneOf({ topic, partition, key }: LanePlace): string | undefined {
  if (key !== null) return `${topic}\0k${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")}`;
  return partition === null ? undefined : `${topic}\0p${partition}`;
}

/** The name under which a lane is stored: short whatever the key. A row without a lane has one of its own. */
export function laneHash(row: LanePlace & { readonly id: number }): string {
  return createHash("sha256")
    .update(laneOf(row) ?? `\0${row.id}`, "latin1")
    .digest("hex")
    .slice(0, 32);
}
