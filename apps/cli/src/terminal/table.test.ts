import { describe, expect, it } from "vitest";
import { jsonLine, table } from "./table.js";

describe("table", () => {
  it("aligns text to the left and numbers to the right", () => {
    expect(
      table([
        { topic: "orders", partitions: 6 },
        { topic: "a", partitions: 120 },
      ]),
    ).toBe("TOPIC   PARTITIONS\norders           6\na              120\n");
  });

  it("shows a missing value as a dash and an empty list as nothing", () => {
    expect(table([{ topic: "orders", lag: null }])).toBe("TOPIC   LAG\norders    -\n");
    expect(table([])).toBe("");
  });
});

describe("jsonLine", () => {
  it("keeps a bigint beyond 2^53 exact, as text", () => {
    expect(jsonLine({ offset: 3n, huge: 2n ** 60n })).toBe('{"offset":3,"huge":"1152921504606846976"}\n');
  });
});
