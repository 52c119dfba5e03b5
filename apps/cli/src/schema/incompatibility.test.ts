import { describe, expect, it } from "vitest";
import { explained, incompatibilityIn } from "./incompatibility.js";

describe("a registry's reasons", () => {
  it("are read as ours and as Confluent's registry writes them", () => {
    const { reasons, against, others } = incompatibilityIn([
      `{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The difference is at path '/fields/1'', additionalInfo:'field "a'b" has no default'}`,
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path '/fields/2' in the new schema has no default value and is missing in the old schema', additionalInfo:'b'}",
      `{errorType:"FIELD_REMOVED", description:"The new schema lacks a field at path '#/x'"}`,
      "something else",
      "{oldSchemaVersion: 3}",
      '{oldSchema: \'{"type":"record"}\'}',
      "{validateFields: 'false', compatibility: 'BACKWARD'}",
    ]);
    expect(reasons).toEqual([
      { path: "/fields/1", type: "READER_FIELD_MISSING_DEFAULT_VALUE", text: `field "a'b" has no default` },
      {
        path: "/fields/2",
        type: "READER_FIELD_MISSING_DEFAULT_VALUE",
        text: "The field 'b' at path '/fields/2' in the new schema has no default value and is missing in the old schema",
      },
      { path: "#/x", type: "FIELD_REMOVED", text: "The new schema lacks a field at path '#/x'" },
    ]);
    expect(against).toBe(3);
    expect(others).toEqual(["something else"]);
    expect(explained({ reasons: reasons.slice(0, 1), against, others })).toEqual([
      "  ✗ /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE",
      `    field "a'b" has no default`,
      "    Fields come and go only with a default.",
      "  ✗ something else",
    ]);
  });
});
