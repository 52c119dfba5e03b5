import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CompatibilityLevel, checkCompatibility } from "../../compatibility/level.js";
import type { CompatibilityPolicy, NamedSchema } from "../schema-format.js";
import { compareJsonSchema } from "./compare-json-schema.js";
import { isIncompatible } from "./json-schema-difference.js";
import { parseJsonSchema } from "./parse-json-schema.js";

interface Entry {
  readonly schema: string;
  readonly references?: readonly NamedSchema[];
}

interface Case {
  readonly id: string;
  readonly mode: CompatibilityLevel;
  readonly old: readonly Entry[];
  readonly new: Entry;
  readonly expectedCompatible: boolean;
  readonly expectedCompatibleLenient?: boolean;
  readonly expectedDifferences?: readonly { readonly type: string; readonly path: string }[];
  readonly differencesComplete?: boolean;
  readonly maxMillis?: number;
  readonly normative: boolean;
}

const file = fileURLToPath(new URL("../../../../../../shared/schema-compat/json.json", import.meta.url));
const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
const parse = ({ schema, references }: Entry) => parseJsonSchema(schema, references);

function differencesOf(one: Case, policy: CompatibilityPolicy) {
  return checkCompatibility(one.mode, parse(one.new), one.old.map(parse), (reader, writer) =>
    compareJsonSchema(reader, writer, policy),
  ).map(({ difference }) => difference);
}

describe.skipIf(cases.length === 0)(
  "Confluent's verdicts on JSON Schema (shared cases; skipped where that folder is absent)",
  () => {
    it.each(cases.filter(({ normative }) => normative))("$id", (one) => {
      const strict = differencesOf(one, "STRICT");
      expect(strict.filter(({ effect }) => isIncompatible(effect, "STRICT")).length === 0).toBe(one.expectedCompatible);
      if (one.expectedCompatibleLenient !== undefined) {
        const lenient = differencesOf(one, "LENIENT").filter(({ effect }) => isIncompatible(effect, "LENIENT"));
        expect(lenient.length === 0).toBe(one.expectedCompatibleLenient);
      }
      const seen = strict.map(({ type, path }) => ({ type, path }));
      expect(seen).toEqual(expect.arrayContaining([...(one.expectedDifferences ?? [])]));
      if (one.differencesComplete) expect(seen).toHaveLength(one.expectedDifferences?.length ?? 0);
    });
  },
);
