import type { ForeignRecord } from "./foreign-client.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** So many records with keys and values of their own. */
export function numbered(count: number, prefix = ""): readonly ForeignRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: base64(`${prefix}key-${index}`),
    value: base64(`${prefix}value ${index}`),
    headers: [],
  }));
}
