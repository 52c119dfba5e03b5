import { CorruptBatchError } from "../errors/corrupt-batch-error.js";
import type { KafkaRecord } from "./record.js";

/** What the one record of a control batch says. */
export interface ControlRecord {
  /** The end of a transaction, or something that consumers skip without reading (a leader change, a snapshot's ends …). */
  readonly type: "abort" | "commit" | "other";
  /** Epoch of the transaction coordinator that wrote an abort or commit; -1 for others. */
  readonly coordinatorEpoch: number;
}

//     key := int16 version, int16 type      value := int16 version, int32 coordinator epoch
const abort = 0;
const commit = 1;

/** Reads a control record, of this or a later version. @throws {@link CorruptBatchError} */
export function readControlRecord({ key, value, offset }: KafkaRecord): ControlRecord {
  if (key === null || key.length < 4) {
    throw new CorruptBatchError(`control record at offset ${offset}: key of ${key?.length ?? "no"} bytes, at least 4`);
  }
  const type = key.readInt16BE(2);
  if (type !== abort && type !== commit) return { type: "other", coordinatorEpoch: -1 };
  if (value === null || value.length < 6) {
    throw new CorruptBatchError(
      `control record at offset ${offset}: value of ${value?.length ?? "no"} bytes, at least 6`,
    );
  }
  return { type: type === commit ? "commit" : "abort", coordinatorEpoch: value.readInt32BE(2) };
}

/** The key and value of a transaction's end. */
export function transactionMarker(type: "abort" | "commit", coordinatorEpoch: number): { key: Buffer; value: Buffer } {
  const key = Buffer.alloc(4);
  key.writeInt16BE(type === "commit" ? commit : abort, 2);
  const value = Buffer.alloc(6);
  value.writeInt32BE(coordinatorEpoch, 2);
  return { key, value };
}
