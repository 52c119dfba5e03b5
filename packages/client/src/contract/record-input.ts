import type { RecordInput } from "@ottla/protocol";
import type { Clock } from "@ottla/world";
import type { RawRecord } from "./raw-record.js";

/** A raw record as a batch takes it, of now where it names no time. */
export const recordInput = ({ key, value, headers, timestamp }: RawRecord, clock: Clock): RecordInput => ({
  key,
  value,
  headers: headers.length === 0 ? undefined : headers,
  timestamp: timestamp ?? clock.now(),
});
