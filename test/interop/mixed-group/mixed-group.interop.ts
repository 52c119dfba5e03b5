import { fileURLToPath } from "node:url";
import { Kafka } from "@ottla/client";
import { describe, it } from "vitest";
import { Members, ourMember } from "../../e2e/members.js";
import { orders, SteadyWriter } from "../../e2e/steady-writer.js";
import { startBroker } from "../../kit/broker-process.js";
import { cleanup } from "../../kit/cleanup.js";
import { eventually } from "../../kit/eventually.js";
import { confluentKafka } from "../confluent-kafka/confluent-kafka.js";
import type { ForeignClient } from "../foreign-client.js";
import { kafkaPython } from "../kafka-python/kafka-python.js";

const group = "billing";

/** The command of a foreign client's member program, beside its client program. */
function memberOf(
  { command: [program = ""] }: ForeignClient,
  file: string,
  bootstrap: string,
  ...rest: readonly string[]
) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  return [program, path, bootstrap, orders.name, group, ...rest];
}

describe("a group of members with different clients", () => {
  const cases = [
    {
      assignor: "range",
      needs: [kafkaPython, confluentKafka],
      foreign: (bootstrap: string) => ({
        "kafka-python": memberOf(kafkaPython, "kafka-python/member.py", bootstrap),
        librdkafka: memberOf(confluentKafka, "confluent-kafka/member.py", bootstrap, "range"),
        kafkajs: [
          process.execPath,
          fileURLToPath(new URL("../kafkajs/member.js", import.meta.url)),
          bootstrap,
          orders.name,
          group,
        ],
      }),
    },
    {
      assignor: "cooperative-sticky",
      needs: [confluentKafka],
      foreign: (bootstrap: string) => ({
        librdkafka: memberOf(confluentKafka, "confluent-kafka/member.py", bootstrap, "cooperative-sticky"),
      }),
    },
  ];
  it.for(cases)("shares a topic by $assignor, whoever leads it", async ({ assignor, needs, foreign }, { skip }) => {
    const missing = needs.flatMap((client) => client.missing ?? []);
    skip(missing.length > 0, missing.join("; "));
    const config = { "group.initial.rebalance.delay.ms": 0, "group.min.session.timeout.ms": 500 };
    const { address } = await startBroker({ memory: true, config });
    const kafka = new Kafka({ brokers: [address] });
    cleanup(() => kafka.close());
    await kafka.admin().topics.create([orders]);
    const writer = new SteadyWriter(kafka);
    const members = new Members(orders.partitions ?? 0);
    const ours = ourMember({ bootstrap: address, topic: orders.name, group, assignors: [assignor] });
    const theirs = Object.entries(foreign(address));
    // Ours leads at first, with them as followers.
    members.start("ours", ours);
    await members.settled(6, "ours");
    for (const [name, command] of theirs) members.start(name, command);
    const names = theirs.map(([name]) => name);
    await members.settled(1, "ours", ...names);
    await writer.write(1_000);
    await eventually(() => members.look() && members.handled === writer.count, { what: "the first records" });

    // One of them leads, and ours comes back as a follower.
    await members.stop("ours");
    await members.settled(1, ...names);
    await writer.write(500);
    members.start("ours again", ours);
    await members.settled(1, "ours again", ...names);
    await writer.write(500);
    await eventually(() => members.look() && members.handled === writer.count, { what: "all records" });
    for (const name of ["ours again", ...names]) await members.stop(name);
    members.ownership.check();
  });
});
