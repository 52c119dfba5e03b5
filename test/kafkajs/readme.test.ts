import { Broker } from "@ottla/broker";
import * as kafkajs from "@ottla/kafkajs";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

it("the README of @ottla/kafkajs begins with a program that runs as pasted", async () => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const [program = ""] = programsIn(readDocument("packages/kafkajs/README.md"));
  const printed = await runProgram(program.replace("127.0.0.1:9092", broker.bootstrap), { "@ottla/kafkajs": kafkajs });
  expect(printed).toEqual([["greetings/0 at 0: k-1 says Hello!"]]);
});
