import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import * as testing from "@ottla/testing";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

const [producerAndConsumer = "", insideATest = ""] = programsIn(readDocument("README.md"));

it("the typed producer and consumer of the README run as pasted", async () => {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const here = producerAndConsumer.replace("127.0.0.1:9092", broker.bootstrap);
  const printed = await runProgram(here, { "@ottla/client": client });
  expect(printed).toEqual([[expect.stringMatching(/^written to partition \d at offset 0$/)], ["o-1", 1250]]);
});

it("what the README starts inside a test runs as pasted", async () => {
  expect(await runProgram(insideATest, { "@ottla/testing": testing })).toEqual([]);
});
