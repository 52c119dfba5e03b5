import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

it.each([
  { from: "kafkajs", prints: [["o-1 costs 1250"]] },
  { from: "platformatic", prints: [["o-1 costs 1250, o-1 is paid back"]] },
  { from: "confluent", prints: [["written at 0"], ["1 of orders/0"]] },
])("the guide from $from has a program that runs as pasted", async ({ from, prints }) => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const [program = ""] = programsIn(readDocument(`docs/from-${from}.md`));
  const printed = await runProgram(program.replace("127.0.0.1:9092", broker.bootstrap), { "@ottla/client": client });
  expect(printed).toEqual(prints);
});
