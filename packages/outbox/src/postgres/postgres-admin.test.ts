import { describe, expect, it } from "vitest";
import { eventually, isPostgresMissing, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

/** The test server's, for speed. */
const fsyncIsOff = "fsync is off: a crash can take commits back";

describe.skipIf(isPostgresMissing)("what operators do on Postgres", () => {
  const cluster = useCluster();

  it("lists what is parked, has it tried again, or gives it up for what follows", async () => {
    const shop = await PostgresShop.open(cluster(), { shards: 2 });
    const admin = await shop.admin();
    expect((await admin.doctor()).map(({ text }) => text)).toEqual([fsyncIsOff]);
    const publisher = shop.publisher();
    publisher.decide = ({ value }) => (value === "bad" ? "tooLarge" : "ok");
    const relay = shop.relay(publisher);
    await shop.add("k=bad", "k=2", "l=1");
    await eventually(async () => (await shop.count("outbox.stalled")) === 2 && relay.events("parked").length === 1);
    await eventually(() => shop.isSettled());
    await eventually(async () => (await admin.stalled({ isParked: true })).length === 1);
    const [bad, next] = await admin.stalled({ relay: "relay" });
    expect(bad).toMatchObject({ state: "parked", error: expect.stringContaining("MESSAGE_TOO_LARGE") });
    expect(next).toMatchObject({ state: "waiting", topic: "orders", lane: bad?.lane });
    expect((await admin.doctor()).map(({ text }) => text).join()).toContain("relay relay: 1 parked");
    expect(await admin.drop({ ids: [next?.id ?? 0] })).toBe(0);
    expect(await admin.retry({ relay: "relay", ids: [bad?.id ?? 0] })).toBe(1);
    await eventually(() => relay.events("parked").length === 2);
    await eventually(async () => (await admin.drop({ relay: "relay" })) === 1);
    await eventually(async () => (await shop.count("outbox.stalled")) === 0);
    expect(publisher.log.filter(({ key }) => key === "k").map(({ value }) => value)).toEqual(["2"]);
  });

  it("counts what waits for a relay that is gone, and forgets it", async () => {
    const shop = await PostgresShop.open(cluster(), { shards: 2 });
    const admin = await shop.admin();
    await shop.add("a=1", "b=2", "c=3");
    expect((await admin.doctor()).map(({ text }) => text)).toEqual([
      fsyncIsOff,
      "no relay has run yet; events wait for one (3)",
    ]);
    await shop.pool.query("insert into outbox.cursor (relay, shard) values ('copy', 0), ('copy', 1)");
    const status = await admin.status();
    expect(status).toMatchObject({ version: 1, shards: 2, relays: [{ relay: "copy", alive: 0 }] });
    expect(status.relays[0]?.shards.reduce((sum, { unsent }) => sum + unsent, 0)).toBe(3);
    await shop.pool.query("update outbox.message set created_at = created_at - interval '2 minutes'");
    expect((await admin.doctor()).filter(({ level }) => level === "error")).toEqual([
      { level: "error", text: expect.stringContaining("relay copy: none is running, and events wait for 12") },
    ]);
    expect(await admin.forget("copy")).toBe(true);
    expect(await admin.forget("copy")).toBe(false);
  });

  it("scripts only what is left to do, and refuses tables of a newer release", async () => {
    const { store } = await PostgresShop.open(cluster());
    expect(store.migrationScript(1)).toBe("");
    expect(() => store.migrationScript(2)).toThrow("[SCHEMA_TOO_NEW] tables of version 2");
  });
});
