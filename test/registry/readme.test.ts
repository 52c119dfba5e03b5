import { readFileSync } from "node:fs";
import * as client from "@ottla/client";
import * as registry from "@ottla/schema-registry";
import * as avro from "@ottla/schema-registry/avro";
import * as compatibility from "@ottla/schema-registry/compatibility";
import * as server from "@ottla/schema-registry/server";
import ts from "typescript";
import { expect, it } from "vitest";
import { liveRegistry } from "./live-registry.js";

const readme = readFileSync(new URL("../../packages/schema-registry/README.md", import.meta.url), "utf8");
const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, program = ""]) => program);
const modules: Readonly<Record<string, unknown>> = {
  "@ottla/client": client,
  "@ottla/schema-registry": registry,
  "@ottla/schema-registry/avro": avro,
  "@ottla/schema-registry/compatibility": compatibility,
  "@ottla/schema-registry/server": server,
};

it.each([
  { title: "contracts", index: 0, prints: ["o-1 1250 null"] },
  {
    title: "a registry",
    index: 1,
    prints: ["id 1", expect.stringMatching(/^false \{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE'/)],
  },
  { title: "the rules", index: 2, prints: [expect.stringMatching(/^\/fields\/1 READER_FIELD_MISSING_DEFAULT_VALUE/)] },
])("the README's program about $title runs as pasted", async ({ index, prints }) => {
  const { url, bootstrap } = await liveRegistry();
  const body = (programs[index] ?? "")
    .replace(/^import (\{[^}]*\}) from "([^"]+)";$/gm, 'const $1 = modules["$2"];')
    .replace("127.0.0.1:9092", bootstrap)
    .replace("http://127.0.0.1:8081", url);
  const script = ts.transpile(`exports.run = async (modules: any, console: any) => {\n${body}\n}`, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
  });
  const exported: { run?: (modules: unknown, console: unknown) => Promise<void> } = {};
  new Function("exports", script)(exported);
  const printed: string[] = [];
  await exported.run?.(modules, { log: (...parts: unknown[]) => printed.push(parts.map(String).join(" ")) });
  expect(printed).toEqual(prints);
});
