import { laneOf } from "../relay/lane.js";
import type { NewOutboxRow } from "../store/outbox-store.js";

/**
 * Where a row belongs: a number from 0 to 2^31 - 1, the same for all rows of a lane in every version of this package
 * (FNV-1a over the lane's name). A row without a lane goes by its message id.
 */
export function shardHash(row: NewOutboxRow): number {
  const name = laneOf(row) ?? row.messageId;
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  // The low bits of FNV-1a are the weak ones, and a remainder takes just those.
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}
