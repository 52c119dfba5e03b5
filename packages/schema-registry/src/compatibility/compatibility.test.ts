import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareAvro } from "../formats/avro/compare-avro.js";
import { parseAvro } from "../formats/avro/parse-avro.js";
import { type CompatibilityLevel, checkCompatibility } from "./level.js";

interface Entry {
  readonly schema: string;
  readonly references?: readonly { readonly schema: string }[];
}

interface Case {
  readonly id: string;
  readonly mode: CompatibilityLevel;
  readonly old: readonly Entry[];
  readonly new: Entry;
  readonly expectedCompatible: boolean;
  readonly expectedDifferences?: readonly { readonly type: string; readonly path: string }[];
  readonly differencesComplete?: boolean;
  readonly normative: boolean;
}

const file = fileURLToPath(new URL("../../../../../shared/schema-compat/avro.json", import.meta.url));
const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
// Lists of another registry that hold more than Confluent's rules find; the verdicts agree.
const moreThanConfluent: Readonly<
  Record<string, { readonly type: string; readonly path: string; readonly why: string }>
> = {
  "redpanda-avro-077": {
    type: "NAME_MISMATCH",
    path: "/fields/8/type/name",
    why: "the reader's enum has the writer's name as an alias, which Redpanda does not look at",
  },
};
const parse = (entry: Entry) =>
  parseAvro(
    entry.schema,
    entry.references?.map(({ schema }) => schema),
  );

describe.skipIf(cases.length === 0)(
  "Confluent's verdicts on Avro (shared cases; skipped where that folder is absent)",
  () => {
    it.each(cases.filter(({ normative }) => normative))("$id", (one) => {
      const found = checkCompatibility(one.mode, parse(one.new), one.old.map(parse), compareAvro);
      expect(found.length === 0).toBe(one.expectedCompatible);
      const seen = found.map(({ difference: { type, path } }) => ({ type, path }));
      if (one.differencesComplete) expect(seen).toHaveLength(one.expectedDifferences?.length ?? 0);
      const beyond = moreThanConfluent[one.id];
      const wanted = (one.expectedDifferences ?? []).filter(
        ({ type, path }) => type !== beyond?.type || path !== beyond.path,
      );
      expect(seen).toEqual(expect.arrayContaining(wanted));
    });
  },
);
