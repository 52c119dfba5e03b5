import * as broker from "@ottla/broker";
import * as client from "@ottla/client";
import * as world from "@ottla/world";
import { expect, it } from "vitest";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

const modules = { "@ottla/broker": broker, "@ottla/client": client, "@ottla/world": world };

it.each([
  { name: "broker", prints: [["en", "hello"]] },
  { name: "world", prints: [["2026-11-20T12:00:00.000Z"]] },
])("the README of @ottla/$name begins with a program that runs as pasted", async ({ name, prints }) => {
  const [program = ""] = programsIn(readDocument(`packages/${name}/README.md`));
  expect(await runProgram(program, modules)).toEqual(prints);
});
