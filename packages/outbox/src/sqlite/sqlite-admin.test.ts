import { describe, expect, it } from "vitest";
import { Shop } from "../test-kit/shop.test-kit.js";

const noSettledRows = { version: 1, shards: 1 };

describe("what operators do on SQLite", () => {
  it("says that there are no tables, and that no relay has run yet", async () => {
    const shop = await Shop.open();
    const admin = shop.driver.binding.admin(shop.database);
    shop.add("k=1", "k=2");
    expect(await admin.status()).toEqual({ ...noSettledRows, relays: [] });
    expect(await admin.doctor()).toEqual([{ level: "warning", text: "no relay has run yet; events wait for one (2)" }]);
    shop.tx.query("update outbox_schema set version = 0");
    expect(await admin.status()).toEqual({ version: 0, shards: 0, relays: [] });
    expect(await admin.doctor()).toEqual([{ level: "error", text: "tables of version 0, this release needs 1" }]);
  });

  it("lists what is parked, has it tried again, or gives it up for what follows", async () => {
    const shop = await Shop.open();
    const admin = shop.driver.binding.admin(shop.database);
    const publisher = shop.publisher();
    publisher.decide = ({ value }) => (value === "bad" ? "tooLarge" : "ok");
    const relay = shop.relay(publisher);
    shop.add("k=bad", "k=2", "l=1");
    await shop.world.until(() => relay.events("parked").length === 1);
    await shop.world.until(() => shop.cursor().last_id === 3);
    expect(await admin.stalled()).toMatchObject([
      { relay: "relay", id: 1, state: "parked", topic: "orders", error: expect.stringContaining("MESSAGE_TOO_LARGE") },
      { id: 2, state: "waiting" },
    ]);
    expect(await admin.stalled({ isParked: true })).toHaveLength(1);
    expect((await admin.doctor()).map(({ text }) => text).join()).toContain("relay relay: 1 parked");
    expect(await admin.drop({ relay: "relay", ids: [2] })).toBe(0);
    expect(await admin.retry({ ids: [1] })).toBe(1);
    await shop.world.until(() => relay.events("parked").length === 2);
    await shop.world.until(() => shop.count("outbox_stalled where state = 'parked'") === 1);
    expect(await admin.drop({ relay: "relay" })).toBe(1);
    await shop.world.until(() => shop.count("outbox_stalled") === 0);
    expect(publisher.log.map(({ value }) => value)).toEqual(["1", "2"]);
    expect((await admin.status()).relays).toMatchObject([
      { relay: "relay", shards: [{ shard: 0, unsent: 0, oldestUnsentAgeMs: 0, stalled: 0, parked: 0 }] },
    ]);
  });

  it("counts what waits, and forgets a relay that will not come back", async () => {
    const shop = await Shop.open();
    const admin = shop.driver.binding.admin(shop.database);
    shop.add("k=1", "k=2");
    shop.tx.query("insert into outbox_cursor(relay, last_id) values ('copy', 1)");
    expect((await admin.status()).relays).toMatchObject([{ relay: "copy", alive: 0, shards: [{ unsent: 1 }] }]);
    expect(await admin.forget("copy")).toBe(true);
    expect(await admin.forget("copy")).toBe(false);
  });

  it("scripts only what is left to do, and refuses tables of a newer release", async () => {
    const { store } = await Shop.open();
    expect(store.migrationScript(0)).toBe(store.migrationScript());
    expect(store.migrationScript(1)).toBe("");
    expect(() => store.migrationScript(2)).toThrow("[SCHEMA_TOO_NEW] tables of version 2");
  });
});
