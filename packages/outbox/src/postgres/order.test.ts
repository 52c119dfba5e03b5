import { Client } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, isPostgresMissing, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

/** Values that a naive relay would publish next: a query over the table, without the protection under test. */
async function naive(shop: PostgresShop, query: string, parameters: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await shop.pool.query(query, [...parameters]);
  return rows.map(({ value }: { value: Buffer }) => value.toString());
}

const lockAggregate = "update orders set cents = cents + 1 where id = 'k'";

describe.skipIf(isPostgresMissing)("the order in which a Postgres outbox is published", () => {
  const cluster = useCluster({ settings: { max_prepared_transactions: "5" } });

  it("misses no row that commits after one with a higher id (trap 3)", async () => {
    const shop = await PostgresShop.open(cluster());
    const publisher = shop.publisher();
    shop.relay(publisher);
    const [a, b] = [await shop.session(), await shop.session()];
    await a.do("begin");
    await a.add("a=1");
    await b.do("begin");
    await b.add("b=2");
    await b.do("commit");
    await eventually(() => publisher.log.length === 1);
    // A cursor on the id stands behind both by now.
    const { last } = await shop.one<{ last: string }>("select max(id) as last from outbox.message");
    await a.do("commit");
    await eventually(() => publisher.log.length === 2);
    expect(publisher.values()).toEqual(["2", "1"]);
    expect(await naive(shop, "select value from outbox.message where id > $1 order by id", [last])).toEqual([]);
    await eventually(() => shop.isSettled());
    expect(publisher.log).toHaveLength(2);
  });

  it("follows the locks of the aggregate, not the age of the transactions (trap 4)", async () => {
    const shop = await PostgresShop.open(cluster());
    await shop.pool.query("insert into orders values ('k'), ('elsewhere')");
    const [a, b] = [await shop.session(), await shop.session()];
    await b.do("begin", "update orders set cents = 1 where id = 'elsewhere'");
    await a.do("begin", lockAggregate);
    await a.add("k=A");
    await a.do("commit");
    await b.do(lockAggregate);
    await b.add("k=B");
    await b.do("commit");
    const publisher = shop.publisher();
    shop.relay(publisher);
    await eventually(() => publisher.log.length === 2);
    expect(publisher.values()).toEqual(["A", "B"]);
    expect(await naive(shop, "select value from outbox.message order by xid, id")).toEqual(["B", "A"]);
  });

  it("is not turned around by a third transaction that holds the horizon between the two (traps 5 and 7)", async () => {
    const shop = await PostgresShop.open(cluster());
    await shop.pool.query("insert into orders values ('k'), ('elsewhere')");
    const publisher = shop.publisher();
    shop.relay(publisher);
    const [a, b, holder] = [await shop.session(), await shop.session(), await shop.session()];
    await b.do("begin", "update orders set cents = 1 where id = 'elsewhere'");
    await holder.do("begin", "create table held (id int)");
    await a.do("begin", lockAggregate);
    await a.add("k=A");
    await a.do("commit");
    await b.do(lockAggregate);
    await b.add("k=B");
    await b.do("commit");
    // The popular safe query takes what is below the horizon: B now, and A only when the holder ends.
    const below = "select value from outbox.message where xid < pg_snapshot_xmin(pg_current_snapshot()) order by id";
    expect(await naive(shop, below)).toEqual(["B"]);
    await eventually(() => publisher.log.length === 2, "both, while the holder is open");
    expect(publisher.values()).toEqual(["A", "B"]);
    await holder.do("commit");
  });

  it("is not delayed by a writer in another database or a prepared transaction, and shows their age (trap 7)", async () => {
    const shop = await PostgresShop.open(cluster());
    const elsewhere = new Client({ connectionString: cluster().url() });
    await elsewhere.connect();
    onTestFinished(() => elsewhere.end());
    await elsewhere.query("begin");
    await elsewhere.query("create table held (id int)");
    const preparing = await shop.session();
    await preparing.do("begin", "insert into orders values ('prepared')", "prepare transaction 'forgotten'");
    const publisher = shop.publisher();
    shop.relay(publisher);
    await shop.add("k=1");
    await eventually(() => publisher.log.length === 1);
    await eventually(() => shop.isSettled());
    const { horizonAgeMs } = await (await shop.admin()).status();
    expect(horizonAgeMs).toBeGreaterThan(0);
    await preparing.do("rollback prepared 'forgotten'");
  });

  it("is that of the commits in strict mode, also where events are added before the aggregate is locked (trap 6)", async () => {
    const publishedWith = async (orderByKey: "locked" | "strict") => {
      const shop = await PostgresShop.open(cluster(), { orderByKey });
      const publisher = shop.publisher();
      shop.relay(publisher);
      const [a, b] = [await shop.session(), await shop.session()];
      await a.do("begin");
      await a.add("k=A");
      await b.do("begin");
      const added = b.add("k=B").then(() => b.do("commit"));
      // Only in strict mode does B wait for A.
      if (orderByKey === "locked") {
        await added;
        await eventually(() => publisher.log.length === 1);
      } else {
        const waits = "select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted";
        await eventually(async () => (await shop.one<{ n: number }>(waits)).n === 1);
      }
      await a.do("commit");
      await added;
      await eventually(() => publisher.log.length === 2);
      return publisher.values();
    };
    expect(await publishedWith("locked")).toEqual(["B", "A"]);
    expect(await publishedWith("strict")).toEqual(["A", "B"]);
  });

  it("publishes nothing of a savepoint that was rolled back, and windows go by the transaction at the top (trap 29)", async () => {
    const shop = await PostgresShop.open(cluster());
    const publisher = shop.publisher();
    shop.relay(publisher);
    const a = await shop.session();
    await a.do("begin", "insert into orders values ('k')");
    await a.add("k=1");
    await a.do("savepoint inner_part");
    await a.add("k=lost");
    await a.do("rollback to inner_part", "savepoint kept_part");
    await a.add("k=2");
    await a.do("release kept_part");
    await shop.add("other=while it is open");
    await eventually(() => publisher.log.length === 1);
    await a.do("commit");
    await eventually(() => publisher.values("k").length === 2);
    expect(publisher.values("k")).toEqual(["1", "2"]);
    const { xids } = await shop.one<{ xids: number }>(
      "select count(distinct xid)::int as xids from outbox.message where convert_from(key, 'UTF8') = 'k'",
    );
    expect(xids).toBe(1);
    await eventually(() => shop.isSettled());
    expect(publisher.log).toHaveLength(3);
  });

  it("refuses a sequence whose sessions cache ids, which would leave the order of locks (trap 18)", async () => {
    const shop = await PostgresShop.open(cluster());
    await shop.pool.query("alter sequence outbox.message_id cache 20");
    const relay = shop.relay(shop.publisher());
    await expect(relay.running).rejects.toMatchObject({ code: "DATABASE_UNSUITABLE" });
    const findings = await (await shop.admin()).doctor();
    expect(findings).toContainEqual({ level: "error", text: '"outbox"."message_id" caches 20 values a session' });
    // What it would do: the second session's ids come after the first one's, whoever locks first.
    const [a, b] = [await shop.session(), await shop.session()];
    for (const session of [b, a, b]) await session.do("begin", "select nextval('outbox.message_id')", "commit");
    const { rows: first } = await a.client.query("select nextval('outbox.message_id')::int as id");
    const { rows: second } = await b.client.query("select nextval('outbox.message_id')::int as id");
    expect(first[0].id).toBeGreaterThan(second[0].id);
  });
});
