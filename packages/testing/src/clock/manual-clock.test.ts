import { string, topic } from "@ottla/client";
import { avro } from "@ottla/schema-registry/avro";
import { describe, expect, it } from "vitest";
import { startOttla } from "../start-ottla.js";
import { ManualClock } from "./manual-clock.js";

const events = topic("events", { key: string(), value: string(), config: { "retention.ms": 24 * 3_600_000 } });

describe("a manual clock", () => {
  it("fires timers in order, each at its time", async () => {
    const clock = new ManualClock(1_000_000);
    const fired: string[] = [];
    const say = (text: string) => () => fired.push(`${text} at ${clock.monotonic()}`);
    clock.timers.after(30, say("c"));
    clock.timers.after(10, () => {
      say("a")();
      clock.timers.after(5, say("b"));
    });
    clock.timers.after(10, say("a2"));
    clock.timers.after(20, say("never")).cancel();
    clock.timers.idle(41, say("d"));
    await clock.advance("0.04s");
    expect(fired).toEqual(["a at 10", "a2 at 10", "b at 15", "c at 30"]);
    expect([clock.monotonic(), clock.now(), clock.pendingTimers]).toEqual([40, 1_000_040, 1]);
    await clock.jump("1h");
    expect(fired.at(-1)).toBe("d at 3600040");
  });
  it("fires by itself what is due at once", async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.timers.after(0, () => fired.push("now"));
    clock.timers.after(0, () => fired.push("never")).cancel();
    await clock.settle();
    expect(fired).toEqual(["now"]);
  });
  it("sets the wall clock without letting time pass", async () => {
    const clock = new ManualClock(new Date("2030-01-01"));
    const fired: number[] = [];
    clock.timers.after(1000, () => fired.push(clock.now()));
    clock.setTime(new Date("2020-01-01"));
    expect(clock.monotonic()).toBe(0);
    await Promise.all([clock.advance(600), clock.advance(600)]);
    expect(fired).toEqual([new Date("2020-01-01").getTime() + 1000]);
    expect(() => clock.setTime(new Date("nonsense"))).toThrow(TypeError);
  });
  it("moves as far as a promise needs, and says when that does not help", async () => {
    const clock = new ManualClock();
    const inAnHour = new Promise((resolve) => clock.timers.after(3_600_000, () => resolve("done")));
    expect(await clock.until(inAnHour)).toBe("done");
    expect(clock.monotonic()).toBe(3_600_000);
    await expect(clock.until(new Promise(() => {}))).rejects.toThrow("no timer is set that could settle it");
    const again = () => clock.timers.after(1000, again);
    again();
    await expect(clock.until(new Promise(() => {}), "1m")).rejects.toThrow("60000 ms have passed");
    await expect(clock.until(Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  });
});

describe("a broker and its clients on a manual clock", () => {
  it("need no time for what takes none", async () => {
    await using ottla = await startOttla({ clock: "manual", startAt: new Date("2026-01-01T00:00:00Z") });
    const payments = topic("payments", {
      value: avro({ type: "record", name: "Payment", fields: [{ name: "cents", type: "long" }] }),
    });
    await ottla.kafka.producer().send(payments, { value: { cents: 5n } });
    for await (const record of ottla.kafka.consumer({ groupId: "billing", topics: [payments] })) {
      expect(record).toMatchObject({ value: { cents: 5n }, timestamp: Date.parse("2026-01-01T00:00:00Z") });
      break;
    }
    expect(ottla.clock.monotonic()).toBe(0);
  });
  it("have settled when all that was sent has arrived, however long that takes", async () => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    const producer = ottla.kafka.producer();
    const value = "x".repeat(900_000);
    let acknowledged = 0;
    for (let index = 0; index < 20; index += 1) {
      producer.send(events, { key: "k", value }).then(() => {
        acknowledged += 1;
      }, expect.unreachable);
    }
    await ottla.clock.settle();
    expect(acknowledged).toBe(20);
    let read = 0;
    ottla.records(events).then((records) => {
      read = records.length;
    }, expect.unreachable);
    await ottla.clock.settle();
    expect(read).toBe(20);
  });
  it("have settled when the registry has answered", async () => {
    await using ottla = await startOttla({ clock: "manual" });
    let id: number | undefined;
    const schema = JSON.stringify("string");
    ottla.registry.register("a-value", { schema }).then((answered) => {
      id = answered;
    }, expect.unreachable);
    await ottla.clock.advance(1);
    expect(id).toBe(1);
  });
  it("send what lingers when its time has come", async () => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    const producer = ottla.kafka.producer({ lingerMs: 500 });
    await ottla.kafka.admin().topics.create([events]);
    const sent: string[] = [];
    const one = producer.send(events, { key: "a", value: "1" }).then(() => sent.push("1"));
    await ottla.clock.advance(499);
    expect(sent).toEqual([]);
    await ottla.clock.advance(1);
    expect(sent).toEqual(["1"]);
    await one;
  });
  it("give up a member whose session is over, and go on without it", async () => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    const { kafka, broker, clock } = ottla;
    const shared = topic("shared", { value: string(), partitions: 2 });
    await kafka.admin().topics.create([shared]);
    const options = { groupId: "g", topics: [shared], sessionTimeoutMs: 10_000, heartbeatIntervalMs: 3_000 } as const;
    const seen: string[] = [];
    const reading = (name: string, consumer: ReturnType<typeof kafka.consumer<typeof shared>>) =>
      (async () => {
        for await (const { value } of consumer) seen.push(`${name}: ${value}`);
      })();
    const first = kafka.consumer({ ...options });
    const firstLoop = reading("first", first);
    await clock.advance("1s");
    const second = kafka.consumer({ ...options });
    const secondLoop = reading("second", second);
    await clock.advance("10s");
    const members = async () => (await kafka.admin().groups.describe(["g"]))[0];
    expect(await members()).toMatchObject({ members: { length: 2 } });

    // The second member's heartbeats never arrive from now on.
    const memberOf = broker.faults.on("Heartbeat", { skip: 0, times: 1 }).delay(0);
    await clock.advance("3s");
    const memberId = memberOf.hits[0]?.request.memberId;
    broker.faults.on("Heartbeat", { when: (request) => request.memberId === memberId }).drop();
    await clock.advance("20s");
    expect(await members()).toMatchObject({ members: { length: 1 } });
    broker.faults.clear();
    await clock.advance("10s");
    expect(await members()).toMatchObject({ members: { length: 2 } });
    await clock.until(Promise.all([first.close(), second.close()]));
    await Promise.all([firstLoop, secondLoop]);
  });
  it("delete what is too old", async () => {
    await using ottla = await startOttla({
      clock: "manual",
      registry: false,
      config: { "log.segment.delete.delay.ms": 0 },
    });
    const { kafka, clock } = ottla;
    const short = topic("short", { value: string(), config: { "retention.ms": 3_600_000, "segment.ms": 600_000 } });
    await kafka.admin().topics.create([short]);
    const producer = kafka.producer();
    await clock.until(producer.send(short, { value: "old" }));
    await clock.jump("30m");
    await clock.until(producer.send(short, { value: "new" }));
    await clock.jump("45m");
    await clock.advance("10m");
    expect((await clock.until(ottla.records(short))).map(({ value }) => value)).toEqual(["new"]);
  });
});
