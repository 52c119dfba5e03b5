import type { ForeignRecord } from "./foreign-client.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const long = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * index + (index >> 7)) % 251));

/** What codecs, keys, headers and nulls can look like, by name. */
export const sampleRecords = {
  "a key and a value": { key: base64("o-1"), value: base64("paid"), headers: [] },
  "no key": { key: null, value: base64("nobody's"), headers: [] },
  "a tombstone": { key: base64("o-2"), value: null, headers: [] },
  "an empty value": { key: base64("o-3"), value: "", headers: [] },
  "an empty key": { key: "", value: base64("somebody's"), headers: [] },
  "text beyond ASCII": { key: base64("bestillingsnøkkel"), value: base64("blåbær, 柠檬, 🫐"), headers: [] },
  "every byte": { key: base64("bytes"), value: everyByte.toString("base64"), headers: [] },
  "a binary key": { key: everyByte.toString("base64"), value: base64("found"), headers: [] },
  "a long value": { key: base64("long"), value: long.toString("base64"), headers: [] },
  headers: {
    key: base64("o-4"),
    value: base64("traced"),
    headers: [
      ["trace", base64("abc")],
      ["tenant", base64("shop")],
    ],
  },
  "two headers of one name": {
    key: base64("o-5"),
    value: base64("twice"),
    headers: [
      ["via", base64("first")],
      ["via", base64("second")],
    ],
  },
  "a binary header": {
    key: base64("o-6"),
    value: base64("signed"),
    headers: [["signature", everyByte.toString("base64")]],
  },
  "a header without a value": { key: base64("o-7"), value: base64("flagged"), headers: [["flag", null]] },
} as const satisfies Record<string, ForeignRecord>;

export type SampleTitle = keyof typeof sampleRecords;
