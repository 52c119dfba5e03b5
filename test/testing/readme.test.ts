import * as client from "@ottla/client";
import * as avro from "@ottla/schema-registry/avro";
import * as testing from "@ottla/testing";
import { expect, it } from "vitest";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

it("the testing package's README begins with a program that runs as pasted", async () => {
  const [program = ""] = programsIn(readDocument("packages/testing/README.md"));
  const modules = { "@ottla/client": client, "@ottla/schema-registry/avro": avro, "@ottla/testing": testing };
  expect(await runProgram(program, modules)).toEqual([["answers lost: 1"], ["o-1", 1250n], [["orders-value"]]]);
});
