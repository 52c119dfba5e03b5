import { describe, expect, it } from "vitest";
import { type PrintableRecord, printed } from "./printed-record.js";

const record = (more: Partial<PrintableRecord>): PrintableRecord => ({
  topic: "t",
  partition: 1,
  offset: 7n,
  timestamp: 9,
  rawKey: null,
  rawValue: Buffer.from("v"),
  rawHeaders: [],
  ...more,
});

const plain = { json: false, withTopic: false };

describe("printed", () => {
  it("gives a value byte for byte", () => {
    expect(printed(record({ rawValue: Buffer.from([0xff, 0x00]) }), plain)).toEqual(Buffer.from([0xff, 0x00, 0x0a]));
  });

  it("shows a tombstone, and the topic where there are several", () => {
    expect(printed(record({ rawValue: null }), plain).toString()).toBe("null\n");
    expect(printed(record({}), { json: false, withTopic: true }).toString()).toBe("t\tv\n");
  });

  it("tells text from other bytes in JSON", () => {
    const line = printed(
      record({ rawKey: Buffer.from("ü"), rawValue: Buffer.from([0xff]), rawHeaders: [{ key: "h", value: null }] }),
      {
        json: true,
        withTopic: false,
      },
    );
    expect(JSON.parse(line.toString())).toEqual({
      topic: "t",
      partition: 1,
      offset: 7,
      timestamp: 9,
      key: "ü",
      value: { base64: "/w==" },
      headers: [{ key: "h", value: null }],
    });
  });
});
