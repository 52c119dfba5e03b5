import { describe, expect, it } from "vitest";
import type { Appeared, Outcome } from "../test-kit/fake-publisher.test-kit.js";
import { orders, Shop } from "../test-kit/shop.test-kit.js";

/** Fails the value `value` with `outcome`, the first `times` times. */
const failing = (value: string, outcome: Outcome, times = Number.POSITIVE_INFINITY) => {
  let left = times;
  return (record: Appeared): Outcome => (record.value === value && left-- > 0 ? outcome : "ok");
};

describe("a relay", () => {
  it("publishes committed events in key order, with the headers by which they are known again", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    shop.transactions.run((tx) => {
      const options = { traceparent: "00-a-b-01", contentType: "text/plain" };
      shop.outbox.add(tx, orders, { key: "k", value: "1", partition: 3 }, options);
    });
    shop.add("k=2", "other=3", "4");
    shop.relay(publisher);
    await shop.world.until(() => publisher.log.length === 4);
    expect(publisher.values("k")).toEqual(["1", "2"]);
    const [first] = publisher.log;
    expect(first?.partition).toBe(3);
    expect(first?.timestamp).toBe(1_700_000_000_000);
    expect(first?.messageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first?.headers).toEqual({
      "message-id": first?.messageId,
      "outbox-enqueued-at": "1700000000000",
      traceparent: "00-a-b-01",
      "content-type": "text/plain",
    });
  });

  it("keeps many records in flight, and one for each key", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.latencyMs = 50;
    const events = Array.from({ length: 200 }, (_, n) => `k${n % 20}=${n}`);
    shop.add(...events);
    shop.relay(publisher);
    await shop.world.until(() => publisher.log.length === 200);
    expect(publisher.mostInFlight).toBe(20);
    for (let key = 0; key < 20; key += 1) {
      const expected = events.filter((event) => event.startsWith(`k${key}=`)).map((event) => event.split("=")[1]);
      expect(publisher.values(`k${key}`)).toEqual(expected);
    }
  });

  it("sends many records of one key at once to a publisher that fails in order", async () => {
    const shop = await Shop.open();
    const publisher = Object.assign(shop.publisher(), { failsInOrder: true });
    publisher.latencyMs = 50;
    shop.add(...Array.from({ length: 100 }, (_, n) => `k=${n}`));
    shop.relay(publisher);
    await shop.world.until(() => publisher.log.length === 100);
    expect(publisher.mostInFlight).toBe(100);
    expect(publisher.values("k")).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  });

  it("publishes nothing of a transaction that rolled back, or of a savepoint that did (trap 29)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    expect(() =>
      shop.transactions.run((tx) => {
        shop.addIn(tx, "k=lost");
        throw new Error("no");
      }),
    ).toThrow("no");
    shop.transactions.run((tx) => {
      shop.addIn(tx, "k=1");
      tx.query("savepoint inner");
      shop.addIn(tx, "k=lost as well");
      tx.query("rollback to inner");
      shop.addIn(tx, "k=2");
    });
    shop.relay(publisher);
    await shop.world.until(() => publisher.log.length === 2);
    await shop.world.advance(1_000);
    expect(publisher.values()).toEqual(["1", "2"]);
  });

  it("sends again after a crash between acknowledgement and settlement, with the same id and in key order (trap 1)", async () => {
    const shop = await Shop.open();
    const first = shop.publisher();
    shop.add("k=1", "k=2", "j=1");
    const crashing = shop.relay(first);
    crashing.relay.on("published", () => {
      if (first.log.length === 3) crashing.die();
    });
    await shop.world.until(() => first.log.length === 3);
    await crashing.crash();
    const { last_id, claimed_to } = shop.cursor();
    expect({ last_id, claimed_to }).toEqual({ last_id: 0, claimed_to: 3 });

    const second = shop.publisher();
    const relay = shop.relay(second);
    await shop.world.until(() => relay.events("settled").length > 0);
    expect(second.values("k")).toEqual(["1", "2"]);
    expect(new Set(second.log.map(({ messageId }) => messageId))).toEqual(
      new Set(first.log.map(({ messageId }) => messageId)),
    );
    expect(relay.events("takeover")).toEqual([{ shard: 0, epoch: 2, previousOwner: expect.any(String) }]);
    expect(shop.cursor()).toMatchObject({ last_id: 3, claimed_to: 3 });
  });

  it("gives a shard to one of two relays, and the other takes over when it falls silent (trap 9)", async () => {
    const shop = await Shop.open();
    const [first, second] = [shop.publisher(), shop.publisher()];
    const owner = shop.relay(first);
    await shop.world.until(() => owner.events("takeover").length === 1);
    const waiting = shop.relay(second);
    await shop.world.advance(10_000);
    shop.add("k=1");
    await shop.world.until(() => shop.cursor().last_id === 1);
    expect(waiting.events("takeover")).toEqual([]);
    await owner.crash();
    shop.add("k=2");
    await shop.world.until(() => second.log.length === 1, 5_000);
    expect(second.values()).toEqual(["2"]);
  });

  it("settles nothing and stops when it was replaced while it stood still (trap 9)", async () => {
    const shop = await Shop.open();
    const [first, second] = [shop.publisher(), shop.publisher()];
    first.decide = failing("1", "hang");
    shop.add("k=1");
    const old = shop.relay(first, { leaseMs: 100_000 });
    await shop.world.until(() => first.calls === 1);
    // The lease runs out in the database, as it does when the owner's machine was suspended.
    shop.tx.query("update outbox_cursor set lease_until = 0");
    const next = shop.relay(second);
    await shop.world.until(() => next.events("settled").length === 1);
    shop.add("k=2");
    await shop.world.until(() => old.events("fenced").length === 1, 60_000);
    await shop.world.until(() => second.log.length === 2);
    await shop.world.until(() => shop.cursor().last_id === 2);
    expect(first.log).toEqual([]);
    expect(first.aborted).toBe(1);
    expect(shop.cursor()).toMatchObject({ last_id: 2, epoch: 2 });
  });

  it("has no database transaction open while it sends (trap 11)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("stuck", "hang");
    shop.add("k=stuck");
    shop.relay(publisher);
    await shop.world.until(() => publisher.calls === 1);
    shop.tx.query("pragma busy_timeout = 0");
    for (let n = 0; n < 20; n += 1) {
      shop.add(`j=${n}`);
      await shop.world.advance(7);
    }
    expect(publisher.values("j")).toHaveLength(20);
  });

  it("settles the rows before a failed one, and sends those after it only of other keys (trap 12)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("3", "tooLarge");
    shop.add("k=1", "k=2", "k=3", "k=4", "j=5");
    const relay = shop.relay(publisher, { maxAttempts: 1_000 });
    await shop.world.until(() => relay.events("stalled").length === 1 && publisher.log.length === 3);
    await shop.world.until(() => shop.cursor().last_id === 5);
    await shop.world.advance(5_000);
    expect(publisher.values("k")).toEqual(["1", "2"]);
    expect(publisher.values("j")).toEqual(["5"]);
    expect(shop.count("outbox_stalled")).toBe(2);
    publisher.decide = () => "ok";
    await shop.world.until(() => relay.events("recovered").length === 1, 60_000);
    expect(publisher.values("k")).toEqual(["1", "2", "3", "4"]);
    expect(shop.count("outbox_stalled")).toBe(0);
  });

  it("parks a record that is never accepted after five attempts and holds its followers; other keys go on (trap 13)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("bad", "tooLarge");
    shop.add("k=bad", "k=next");
    const relay = shop.relay(publisher);
    await shop.world.until(() => relay.events("parked").length === 1, 60_000);
    expect(publisher.calls).toBe(5);
    shop.add("k=later", "j=fine");
    await shop.world.until(() => publisher.log.length === 1);
    await shop.world.advance(60_000);
    expect(publisher.values()).toEqual(["fine"]);
    expect(relay.events("parked")).toMatchObject([{ topic: "orders", id: 1, error: { code: "MESSAGE_TOO_LARGE" } }]);
    const status = await relay.relay.status();
    expect(status.shards).toMatchObject([{ stalled: 3, parked: 1, lastId: 4, oldestUnsentAgeMs: 0 }]);
  });

  it("takes up at once what an operator changed of a parked record", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("bad", "tooLarge", 2);
    shop.add("k=bad", "k=next");
    const relay = shop.relay(publisher, { maxAttempts: 2 });
    await shop.world.until(() => relay.events("parked").length === 1, 60_000);
    await shop.world.advance(1_000);
    shop.transactions.run((tx) => {
      tx.query("update outbox_stalled set state = 'waiting', attempts = 0, next_attempt_at = 0 where id = 1");
      tx.query("update outbox_cursor set stalled_version = stalled_version + 1");
    });
    await shop.world.until(() => relay.events("recovered").length === 1, 1_000);
    expect(publisher.values("k")).toEqual(["bad", "next"]);
  });

  it("goes on without a parked record where told to release (trap 13)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("bad", "tooLarge");
    shop.add("k=bad", "k=next");
    const relay = shop.relay(publisher, { onParked: "release", maxAttempts: 2 });
    await shop.world.until(() => relay.events("parked").length === 1, 60_000);
    shop.add("k=later");
    await shop.world.until(() => publisher.log.length === 2);
    expect(publisher.values("k")).toEqual(["next", "later"]);
  });

  it("checks the size of a record before it enters a batch (trap 13)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    shop.add("k=1", `k=${"x".repeat(2_000)}`, "k=3", "j=4");
    const relay = shop.relay(publisher, { maxRecordBytes: 1_000 });
    await shop.world.until(() => relay.events("parked").length === 1 && publisher.log.length === 2);
    expect(publisher.calls).toBe(2);
    expect(publisher.values()).toEqual(["1", "4"]);
    await shop.world.until(() => shop.count("outbox_stalled") === 2);
  });

  it("parks a record that ends the process each time it is sent, and no other (trap 14)", async () => {
    const shop = await Shop.open();
    shop.add("a=1", "k=kills", "k=follower", "b=2");
    const log: (string | null)[] = [];
    for (let starts = 1; shop.count("outbox_stalled where state = 'parked'") === 0; starts += 1) {
      expect(starts).toBeLessThan(10);
      const publisher = shop.publisher();
      const relay = shop.relay(publisher, { maxAttempts: 3 });
      publisher.decide = ({ value }) => {
        if (value === "kills") relay.die();
        return "ok";
      };
      await shop.world.advance(4_000);
      log.push(...publisher.values());
      await relay.crash();
    }
    expect(new Set(log)).toEqual(new Set(["1", "2"]));
    const rows = shop.tx.query("select id, state, last_error from outbox_stalled order by id");
    expect(rows).toMatchObject([
      { id: 2, state: "parked", last_error: expect.stringContaining("CRASHED_WHILE_SENDING") },
      { id: 3, state: "suspect" },
    ]);
  });

  it("waits out a broker that answers nobody, parks nothing and keeps what it claimed bounded", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    let isDown = true;
    publisher.decide = () => (isDown ? "retriable" : "ok");
    const events = Array.from({ length: 300 }, (_, n) => `k${n % 50}=${n}`);
    shop.add(...events);
    const relay = shop.relay(publisher, { maxInFlight: 100 });
    await shop.world.advance(120_000);
    expect(relay.events("stalled")).toEqual([]);
    expect(shop.cursor()).toMatchObject({ last_id: 0, claimed_to: 100 });
    isDown = false;
    await shop.world.until(() => publisher.log.length === 300, 60_000);
    for (let key = 0; key < 50; key += 1) {
      const values = publisher.values(`k${key}`).map(Number);
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    expect(shop.count("outbox_stalled")).toBe(0);
  });

  it("does not blame a record for a publisher that was closed", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = () => "fatal";
    shop.add("k=1", "j=2");
    const relay = shop.relay(publisher, { maxAttempts: 2 });
    await shop.world.advance(300_000);
    expect(relay.events("parked")).toEqual([]);
    expect(shop.count("outbox_stalled")).toBe(0);
  });

  it("puts a key aside whose partition does not answer while others do, so that those can be settled", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    let isHanging = true;
    publisher.decide = ({ key }) => (key === "stuck" && isHanging ? "hang" : "ok");
    shop.add("stuck=1", "stuck=2");
    const relay = shop.relay(publisher, { maxInFlight: 10, sendTimeoutMs: 20_000, slowSendMs: 1_000 });
    for (let n = 0; n < 100; n += 1) {
      shop.add(`k${n}=${n}`);
      await shop.world.advance(50);
    }
    await shop.world.until(() => shop.cursor().last_id === 102);
    expect(publisher.values()).toHaveLength(100);
    isHanging = false;
    await shop.world.until(() => relay.events("recovered").length === 1, 60_000);
    expect(publisher.values("stuck")).toEqual(["1", "2"]);
  });

  it("sends again, with the same id, what was acknowledged to nobody", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("1", "ackLost", 2);
    shop.add("k=1", "k=2");
    const relay = shop.relay(publisher);
    await shop.world.until(() => shop.cursor().last_id === 2);
    expect(publisher.values("k")).toEqual(["1", "1", "1", "2"]);
    expect(new Set(publisher.log.map(({ messageId }) => messageId)).size).toBe(2);
    expect(relay.events("stalled")).toEqual([]);
  });

  it("does not care how wrong a relay's clock is (trap 19)", async () => {
    const shop = await Shop.open();
    const [first, second] = [shop.publisher(), shop.publisher()];
    const owner = shop.relay(first);
    shop.add("k=1");
    await shop.world.until(() => first.log.length === 1);
    await owner.crash();
    // The clock was set back an hour: the dead owner's lease seems to last as long, but it does not move any more.
    shop.world.wallSkewMs = -3_600_000;
    const next = shop.relay(second);
    await shop.world.until(() => next.events("takeover").length === 1, 10_000);
    shop.add("k=2");
    await shop.world.until(() => second.log.length > 0);
    // Set forward: a live owner keeps its shard or is fenced; either way nothing is lost.
    const third = shop.publisher();
    shop.world.wallSkewMs = 3_600_000;
    shop.relay(third);
    shop.add("k=3");
    await shop.world.until(() => [...second.values(), ...third.values()].includes("3"));
    expect([...new Set([...first.values(), ...second.values(), ...third.values()])]).toEqual(["1", "2", "3"]);
  });

  it("pages a huge transaction, holds a bounded part of it, and resumes at the last page after a crash (trap 39)", async () => {
    const shop = await Shop.open();
    const total = 5_000;
    shop.add(...Array.from({ length: total }, (_, n) => `k${n % 500}=${n}`));
    const first = shop.publisher();
    const crashing = shop.relay(first, { maxInFlight: 200 });
    await shop.world.until(() => first.log.length > total / 2, 60_000);
    await crashing.crash();
    const { last_id, claimed_to } = shop.cursor();
    expect(last_id).toBeGreaterThan(total / 4);
    expect(claimed_to - last_id).toBeLessThanOrEqual(200);
    const second = shop.publisher();
    shop.relay(second, { maxInFlight: 200 });
    await shop.world.until(() => shop.cursor().last_id === total, 60_000);
    expect(second.log).toHaveLength(total - last_id);
    expect(new Set([...first.values(), ...second.values()]).size).toBe(total);
  });

  it("stops without claiming more, settles what was acknowledged, and another begins within a second (trap 40)", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.latencyMs = 500;
    shop.add("a=1", "b=2", "b=3");
    const stopping = shop.relay(publisher);
    await shop.world.until(() => publisher.calls === 2);
    const waiting = shop.relay(shop.publisher());
    const closing = stopping.relay.close();
    await shop.world.advance(100);
    shop.add("c=4");
    await shop.world.resolved(closing);
    await stopping.running;
    expect(publisher.calls).toBe(2);
    expect(shop.cursor().last_id).toBe(2);
    await shop.world.until(() => waiting.events("takeover").length === 1, 1_000);
    expect(waiting.events("takeover")).toEqual([{ shard: 0, epoch: 2, previousOwner: undefined }]);
  });

  it("stops within its grace when nothing answers", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = () => "hang";
    shop.add("a=1");
    const stopping = shop.relay(publisher);
    await shop.world.until(() => publisher.calls === 1);
    const before = shop.world.clock.monotonic();
    await shop.world.resolved(stopping.relay.close({ graceMs: 2_000 }));
    expect(shop.world.clock.monotonic() - before).toBeLessThanOrEqual(2_001);
    expect(publisher.aborted).toBe(1);
    expect(shop.cursor()).toMatchObject({ last_id: 0, owner: null });
  });

  it("notices a commit of another process within its poll, and one of its own at once", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.latencyMs = 0;
    const relay = shop.relay(publisher, { pollMs: 8 });
    await shop.world.advance(1_000);
    const other = shop.driver.binding.tx(shop.open());
    other.query("begin immediate");
    shop.outbox.add(other, orders, { key: "k", value: "1" });
    other.query("commit");
    await shop.world.until(() => publisher.log.length === 1, 8);
    await shop.world.advance(1_000);
    shop.add("k=2");
    await shop.world.until(() => publisher.log.length === 2, 0);
    expect(relay.events("error")).toEqual([]);
  });

  it("connects again after the database failed, and sends nothing twice that was settled", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    const relay = shop.relay(publisher);
    relay.expectsErrors = true;
    shop.add("k=1");
    await shop.world.until(() => shop.cursor().last_id === 1);
    shop.tx.query("alter table outbox_message rename to hidden");
    shop.tx.query("create trigger touched after insert on orders begin select 1; end");
    await shop.world.advance(2_000);
    expect(relay.events("error").length).toBeGreaterThan(0);
    shop.tx.query("alter table hidden rename to outbox_message");
    shop.add("k=2");
    await shop.world.until(() => publisher.log.length === 2, 20_000);
    expect(publisher.values()).toEqual(["1", "2"]);
  });

  it("purges in chunks what every relay has passed, and keeps what is stalled", async () => {
    const shop = await Shop.open();
    const publisher = shop.publisher();
    publisher.decide = failing("bad", "tooLarge");
    shop.add("k=bad", ...Array.from({ length: 1_200 }, (_, n) => `j${n}=${n}`));
    shop.relay(publisher, { retention: "1m", maxAttempts: 1 });
    shop.relay(shop.publisher(), { name: "copy", retention: "1m", maxAttempts: 1 });
    await shop.world.until(() => shop.cursor().last_id === 1_201);
    await shop.world.advance(30_000);
    expect(shop.count("outbox_message")).toBe(1_201);
    await shop.world.advance(60_000);
    expect(shop.count("outbox_message")).toBe(1);
    shop.add("k2=more");
    expect(shop.tx.query("select max(id) as id from outbox_message")).toEqual([{ id: 1_202 }]);
  });
});
