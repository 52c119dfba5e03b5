import * as client from "@ottla/client";
import * as registry from "@ottla/schema-registry";
import * as avro from "@ottla/schema-registry/avro";
import * as compatibility from "@ottla/schema-registry/compatibility";
import * as server from "@ottla/schema-registry/server";
import { expect, it } from "vitest";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";
import { liveRegistry } from "./live-registry.js";

const programs = programsIn(readDocument("packages/schema-registry/README.md"));
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
  const program = programs[index] ?? "";
  const here = program.replace("127.0.0.1:9092", bootstrap).replace("http://127.0.0.1:8081", url);
  const printed = await runProgram(here, modules);
  expect(printed.map((parts) => parts.map(String).join(" "))).toEqual(prints);
});
