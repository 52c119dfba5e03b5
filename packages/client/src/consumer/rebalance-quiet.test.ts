import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { delay } from "../world/delay.js";
import { gate, kindsOf, setUp } from "./consumer.test-kit.js";

describe("a group that changes", () => {
  it.each(["cooperative-sticky", "range"] as const)(
    "is at rest again soon after a member came: nobody joins any more, by %s",
    async (assignor) => {
      const { world, cluster, group, consumer } = setUp({ partitions: 4 });
      const options = { assignors: [assignor], heartbeatIntervalMs: 1_000 };
      const handled: string[] = [];
      const start = () => {
        const member = consumer(options);
        const handle = async ({ value }: { readonly value: string }) => {
          await delay(world.timers, 30);
          handled.push(value);
        };
        return { member, running: member.run({ orders: handle }) };
      };
      const produce = () => {
        for (let partition = 0; partition < 4; partition += 1) group.log("orders", partition).append("x");
      };
      const first = start();
      await world.advance(5_000);
      const second = start();
      for (let round = 0; round < 100; round += 1) {
        produce();
        await world.advance(100);
      }
      const joins = cluster.requests(apis.JoinGroup).length;
      // Each joins for an id and for its place; then both join once more, or twice where what moves is given up in between.
      expect(joins).toBeLessThanOrEqual(assignor === "range" ? 5 : 7);
      for (let round = 0; round < 100; round += 1) {
        produce();
        await world.advance(1_000);
      }
      expect(cluster.requests(apis.JoinGroup)).toHaveLength(joins);
      expect(handled).toHaveLength(800);
      await world.finish(Promise.all([first.member.close(), second.member.close()]));
      await Promise.all([first.running, second.running]);
    },
  );

  it("is nothing that its members' applications are told as a failure", async () => {
    const { world, group, log, consumer, events, changes } = setUp();
    const reader = consumer({ assignors: ["range"], heartbeatIntervalMs: 500 });
    const handled: string[] = [];
    const running = reader.run({
      orders: async ({ value }) => {
        await delay(world.timers, 1_500);
        handled.push(value);
      },
    });
    for (let round = 0; round < 6; round += 1) {
      log.append(`${round}`);
      await world.advance(1_000);
      group.rebalance();
    }
    await world.advance(20_000);
    await reader.commit();
    expect(handled).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(changes.filter((change) => change.startsWith("revoked")).length).toBeGreaterThanOrEqual(4);
    expect(new Set(kindsOf(events))).toEqual(new Set(["offsetReset"]));
    await world.finish(reader.close());
    await running;
  });

  it("has no handler begun by a member that it has put out", async () => {
    const { world, cluster, group, log, consumer } = setUp();
    const calls: string[] = [];
    const held = gate();
    const start = (name: string, hold: () => Promise<void>) => {
      const member = consumer({ heartbeatIntervalMs: 500 });
      const handle = async ({ value }: { readonly value: string }) => {
        calls.push(`${name} ${value}`);
        await hold();
      };
      return { member, running: member.run({ orders: handle }, { concurrency: 2 }) };
    };
    const first = start("first", () => held.opened);
    log.append("a", "b", "c");
    await world.advance(2_000);
    const [firstId] = group.memberIds;
    const second = start("second", async () => {});
    await world.advance(100);
    // It cannot come back; the other one gets what it had.
    let isOut = false;
    cluster.fault = ({ api, body }) => {
      const { memberId } = body as { readonly memberId?: string };
      return isOut && api === "JoinGroup" && memberId === "" ? "ignore" : undefined;
    };
    isOut = true;
    group.expel(firstId ?? "");
    await world.advance(5_000);
    held.open();
    await world.advance(10_000);
    expect(calls.filter((call) => call.startsWith("first"))).toEqual(["first a"]);
    expect(calls.filter((call) => call.startsWith("second"))).toEqual(["second a", "second b", "second c"]);
    cluster.fault = () => undefined;
    await world.finish(Promise.all([first.member.close(), second.member.close()]));
    await Promise.all([first.running, second.running]);
    expect(group.committed.get("orders-0")).toBe(3);
  });
});
