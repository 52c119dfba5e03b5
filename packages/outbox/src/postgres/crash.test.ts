import { describe, expect, it } from "vitest";
import { eventually, isPostgresMissing, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

// fsync on; what is committed without waiting for the disk stays in memory for as long as these tests take.
const settings = { wal_writer_delay: "10s", wal_writer_flush_after: "1GB", bgwriter_delay: "10s", autovacuum: "off" };

describe.skipIf(isPostgresMissing)("a Postgres server that is killed", () => {
  const cluster = useCluster({ fsync: true, settings });

  it("keeps nothing of a business transaction that had not committed (trap 2)", async () => {
    const shop = await PostgresShop.open(cluster());
    await shop.add("k=kept");
    const a = await shop.session();
    await a.do("begin", "insert into orders values ('k')");
    await a.add("k=lost");
    const [client] = (await shop.pool.query("select pid from pg_stat_activity where state = 'idle in transaction'"))
      .rows;
    process.kill(client.pid, "SIGKILL");
    await eventually(async () => (await shop.count("orders")) === 0);
    const publisher = shop.publisher();
    const relay = shop.relay(publisher);
    relay.expectsErrors = true;
    await eventually(async () => publisher.log.length === 1 && (await shop.isSettled()));
    expect(publisher.values()).toEqual(["kept"]);
    expect(await shop.count("outbox.message")).toBe(1);
  });

  it("cannot take back what was published, however carelessly it was committed (trap 15)", async () => {
    const publishedAfterKill = async (isProtected: boolean) => {
      const shop = await PostgresShop.open(cluster());
      const publisher = shop.publisher();
      const careless = await shop.session();
      if (isProtected) {
        const relay = shop.relay(publisher);
        relay.expectsErrors = true;
        await eventually(() => relay.events("takeover").length === 4);
      }
      await careless.do("checkpoint", "set synchronous_commit = off", "begin", "insert into orders values ('k')");
      await careless.add("k=1");
      await careless.do("commit");
      if (isProtected) await eventually(() => publisher.log.length === 1);
      else expect(await shop.count("outbox.message")).toBe(1); // a relay that only reads would send it now
      await cluster().kill();
      await cluster().restart();
      await eventually(async () => (await shop.count("orders")) >= 0);
      return shop.count("outbox.message");
    };
    // Unless the server's own writer came by, once in ten seconds, the row is gone.
    const kept: number[] = [];
    while (!kept.includes(0) && kept.length < 8) kept.push(await publishedAfterKill(false));
    expect(kept).toContain(0);
    expect(await publishedAfterKill(true)).toBe(1);
  });

  it("is worked on again by the same relays when it is back, nothing lost and keys in order (trap 1)", async () => {
    const shop = await PostgresShop.open(cluster());
    const publisher = shop.publisher();
    const relays = [shop.relay(publisher, { leaseMs: 1_000 }), shop.relay(publisher, { leaseMs: 1_000 })];
    for (const relay of relays) relay.expectsErrors = true;
    let added = 0;
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 20; n += 1) {
        await shop.add(...Array.from({ length: 5 }, (_, key) => `k${key}=${added}`));
        added += 1;
      }
      await cluster().kill();
      await cluster().restart();
      await eventually(async () => (await shop.count("orders")) === 0);
    }
    const expected = Array.from({ length: added }, (_, n) => String(n));
    await eventually(
      () => [0, 1, 2, 3, 4].every((key) => publisher.firstAppearances(`k${key}`).length === added),
      "all",
      20_000,
    );
    for (let key = 0; key < 5; key += 1) expect(publisher.firstAppearances(`k${key}`)).toEqual(expected);
    await eventually(() => shop.isSettled());
  });
});
