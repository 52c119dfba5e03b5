import { describe, expect, it } from "vitest";
import { pgConnection } from "../pg/pg-driver.js";
import { eventually, isPostgresMissing, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";
import { PartitionKeeper } from "./partition-keeper.js";
import { postgresNames } from "./postgres-names.js";

const partitions = (shop: PostgresShop) =>
  shop
    .one<{ names: string[] }>(
      "select array_agg(c.relname::text order by c.relname) as names from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'outbox.message'::regclass",
    )
    .then(({ names }) => names);

/** A partition that ended long ago, with these rows in it. */
async function oldPartition(shop: PostgresShop, ...values: readonly string[]): Promise<void> {
  await shop.pool.query(
    "create table outbox.message_20200101 partition of outbox.message for values from ('2020-01-01 00:00:00+00') to ('2020-01-02 00:00:00+00')",
  );
  for (const value of values) {
    await shop.pool.query(
      `insert into outbox.message (message_id, shard, topic, key, value, headers, record_timestamp, created_at)
        values ($1, 0, 'orders', 'k', convert_to($1, 'UTF8'), '[]', 0, '2020-01-01 12:00:00+00')`,
      [value],
    );
  }
}

/** A drop comes another time when a relay that reads is in its way. */
const dropsOld = (keeper: PartitionKeeper, shop: PostgresShop) =>
  eventually(async () => {
    await keeper.dropOld(3_600_000);
    return !(await partitions(shop)).includes("message_20200101");
  }, "the drop of the old partition");

describe.skipIf(isPostgresMissing)("what a Postgres outbox keeps", () => {
  const cluster = useCluster();
  const keeperOn = async (shop: PostgresShop) =>
    new PartitionKeeper(await pgConnection(await shop.connect()), postgresNames("outbox"));

  it("creates partitions ahead, and what comes without one goes to the default partition", async () => {
    const shop = await PostgresShop.open(cluster());
    expect(await partitions(shop)).toHaveLength(4);
    const keeper = await keeperOn(shop);
    await Promise.all([keeper.createAhead(), keeperOn(shop).then((other) => other.createAhead())]);
    expect(await partitions(shop)).toHaveLength(4);
    const [today] = await partitions(shop);
    await shop.pool.query(`drop table outbox.${today}`);
    await shop.add("k=1");
    expect(await shop.count("outbox.message_default")).toBe(1);
    // Today's cannot be attached while the default partition holds rows of today; that hurts nobody.
    await keeper.createAhead();
    expect(await partitions(shop)).toHaveLength(3);
    const publisher = shop.publisher();
    shop.relay(publisher, { retention: "9000d" });
    await eventually(() => shop.isSettled());
    expect(await keeper.purgeDefault(0, 10)).toBe(false);
    expect(await shop.count("outbox.message_default")).toBe(0);
  });

  it("drops an old partition when every cursor has passed it, and not before (trap 31)", async () => {
    const shop = await PostgresShop.open(cluster());
    await oldPartition(shop, "1", "2");
    const keeper = await keeperOn(shop);
    const publisher = shop.publisher();
    const relay = shop.relay(publisher, { retention: "9000d" });
    await eventually(() => publisher.log.length === 2);
    await eventually(() => shop.isSettled());
    const copy = shop.publisher();
    copy.decide = () => "hang";
    const copying = shop.relay(copy, { name: "copy", retention: "9000d" });
    await eventually(() => copy.calls > 0);
    await keeper.dropOld(3_600_000);
    expect(await shop.count("outbox.message_20200101")).toBe(2);
    // A relay that still runs takes shards, and so is known again after it was forgotten.
    await copying.relay.close({ graceMs: 0 });
    await (await shop.admin()).forget("copy");
    await dropsOld(keeper, shop);
    expect(relay.events("error")).toEqual([]);
  });

  it("lets a transaction that still writes into an old partition hold back the drop, but not the service (trap 31)", async () => {
    const shop = await PostgresShop.open(cluster());
    await oldPartition(shop, "1");
    const publisher = shop.publisher();
    shop.relay(publisher, { retention: "9000d" });
    await eventually(() => publisher.log.length === 1);
    await eventually(() => shop.isSettled());
    const late = await shop.session();
    await late.do(
      "begin",
      "insert into outbox.message (message_id, shard, topic, key, value, headers, record_timestamp, created_at) values ('late', 0, 'orders', 'k', 'late', '[]', 0, '2020-01-01 13:00:00+00')",
    );
    const keeper = await keeperOn(shop);
    const dropping = keeper.dropOld(3_600_000);
    await shop.add("k=meanwhile");
    await dropping;
    expect(await partitions(shop)).toContain("message_20200101");
    await late.do("commit");
    await eventually(() => publisher.values().includes("late") && publisher.values().includes("meanwhile"));
    await eventually(() => shop.isSettled());
    await dropsOld(keeper, shop);
  });

  it("leaves no dead rows, and a held snapshot makes nothing slower (trap 8)", async () => {
    const shop = await PostgresShop.open(cluster());
    await shop.pool.query("create extension pgstattuple");
    const reader = await shop.session();
    await reader.do("begin isolation level repeatable read", "select count(*) from outbox.message");
    const publisher = shop.publisher();
    const relay = shop.relay(publisher, { retention: "9000d" });
    publisher.latencyMs = 0;
    const fill = `insert into outbox.message (message_id, shard, topic, key, value, headers, record_timestamp)
      select 'm' || n, n % 4, 'orders', convert_to('k' || n, 'UTF8'), 'x', '[]', 0 from generate_series(1, 5000) n`;
    const pollReads: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await shop.pool.query(fill);
      await eventually(() => publisher.log.length === 5_000 * (round + 1), "all", 30_000);
      await eventually(() => shop.isSettled());
      const { from } = await shop.one<{ from: string }>(
        "select snap_from::text as from from outbox.cursor where shard = 0",
      );
      const { rows } = await shop.pool.query(
        `explain (analyze, buffers, format json) select 1 from outbox.message where shard = 0 and xid >= pg_snapshot_xmax('${from}'::pg_snapshot) order by xid limit 1`,
      );
      pollReads.push(rows[0]["QUERY PLAN"][0].Plan["Shared Hit Blocks"]);
    }
    // Blocks of the index that an empty poll touches: as many after 15,000 rows as after 5,000, a level of the tree apart.
    expect(Math.max(...pollReads) - Math.min(...pollReads)).toBeLessThan(6);
    const dead =
      "select coalesce(sum(dead_tuple_count), 0)::int as n from pg_inherits i, lateral pgstattuple(i.inhrelid::regclass) where i.inhparent = 'outbox.message'::regclass";
    expect((await shop.one<{ n: number }>(dead)).n).toBe(0);
    expect(relay.events("error")).toEqual([]);
  });
});
