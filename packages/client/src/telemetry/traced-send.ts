import type { Clock } from "@ottla/world";
import type { RawRecord, RecordHeader } from "../contract/raw-record.js";
import { channels, type SendWork, traced } from "./channels.js";

/** Sends records, with the headers that subscribers add; only called while there are any. */
export function tracedSend<R extends object, T>(
  clock: Clock,
  topic: string,
  records: readonly R[],
  withHeaders: (record: R, headers: readonly RecordHeader[]) => R,
  send: (records: readonly R[]) => Promise<T>,
): Promise<T> {
  const context: SendWork = { topic, records, headers: [] };
  return traced(channels.send, clock, context, () => {
    const { headers } = context;
    return send(headers.length === 0 ? records : records.map((record) => withHeaders(record, headers)));
  });
}

/** Headers behind those that a record of bytes has. */
export const withHeaders = (record: RawRecord, headers: readonly RecordHeader[]): RawRecord => ({
  ...record,
  headers: [...record.headers, ...headers],
});

/** Headers behind those that a record of a contract has beside it. */
export function withRawHeaders<R extends object>(record: R, headers: readonly RecordHeader[]): R {
  const { rawHeaders = [] } = record as { readonly rawHeaders?: readonly RecordHeader[] };
  return { ...record, rawHeaders: [...rawHeaders, ...headers] };
}
