import { join } from "node:path";
import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import * as outbox from "@ottla/outbox";
import * as libsqlOutbox from "@ottla/outbox/libsql";
import Database from "libsql";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";
import { temporaryFolder } from "../kit/temporary-folder.js";

it("the outbox's README begins with a program that runs as pasted", async () => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const [program = ""] = programsIn(readDocument("packages/outbox/README.md"));
  const here = program
    .replace("127.0.0.1:9092", broker.bootstrap)
    .replace("shop.db", join(temporaryFolder(), "shop.db"));
  // libsql stands in for node:sqlite, which Node 20 does not have.
  const modules = {
    "node:sqlite": { DatabaseSync: Database },
    "@ottla/client": client,
    "@ottla/outbox": outbox,
    "@ottla/outbox/node-sqlite": libsqlOutbox,
  };
  const printed = await runProgram(`${here}\nconsole.log(db.prepare("select * from invoices").all([]));`, modules);
  expect(printed).toEqual([["invoiced o-1: 1250"], [[{ order_id: "o-1", cents: 1250 }]]]);
});
