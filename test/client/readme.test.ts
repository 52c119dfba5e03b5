import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

it("the client's README begins with a program that runs as pasted", async () => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const [program = ""] = programsIn(readDocument("packages/client/README.md"));
  const printed = await runProgram(program.replace("127.0.0.1:9092", broker.bootstrap), { "@ottla/client": client });
  expect(printed).toEqual([["created orders"], ["written to partition 0 at offset 0"], ["c-7 owes 1250"]]);
});
