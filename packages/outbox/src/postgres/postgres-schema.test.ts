import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { createOutbox } from "../outbox/outbox.js";
import { postgres } from "../pg/index.js";
import { isPostgresMissing, orders, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

describe.skipIf(isPostgresMissing)("the tables of a Postgres outbox", () => {
  const cluster = useCluster();

  it("are made once, by many processes at once, and by the printed script the same", async () => {
    const shop = await PostgresShop.open(cluster());
    const store = postgres({ schema: "second", shards: 7, partitionBy: "hour" });
    const found = await Promise.all(Array.from({ length: 5 }, async () => store.migrate(await shop.connect())));
    expect(found.sort()).toEqual([0, 1, 1, 1, 1]);
    await shop.pool.query(postgres({ schema: "third", shards: 7, partitionBy: "hour" }).migrationScript());
    const describeSchema = async (schema: string) => {
      const columns = await shop.pool.query(
        `select table_name, column_name, data_type, replace(column_default, $1, '') as preset from information_schema.columns
          where table_schema = $1 and table_name !~ '_2[0-9]+' order by 1, ordinal_position`,
        [schema],
      );
      const settings = await shop.pool.query(`select version, shards, partition_by from ${schema}.setting`);
      return { columns: columns.rows, settings: settings.rows };
    };
    expect(await describeSchema("third")).toEqual(await describeSchema("second"));
    expect((await describeSchema("second")).settings).toEqual([{ version: 1, shards: 7, partition_by: "hour" }]);
  });

  it("are refused when they are missing or newer, and the number of shards is the database's", async () => {
    const shop = await PostgresShop.open(cluster());
    const elsewhere = createOutbox({ store: postgres({ schema: "nowhere" }) });
    await elsewhere.prepare([orders]);
    const adding = shop.transactions.transact((tx) => elsewhere.add(tx, orders, { key: "k", value: "1" }));
    await expect(adding).rejects.toMatchObject({ code: "SCHEMA_MISSING" });

    const other = createOutbox({ store: postgres({ shards: 900 }) });
    await other.prepare([orders]);
    await shop.transactions.transact(async (tx) => {
      for (let n = 0; n < 100; n += 1) await other.add(tx, orders, { key: `k${n}`, value: "1" });
    });
    const { shards } = await shop.one<{ shards: number[] }>(
      "select array_agg(distinct shard order by shard) as shards from outbox.message",
    );
    expect(shards).toEqual([0, 1, 2, 3]);

    await shop.pool.query("update outbox.setting set version = 99");
    const relay = shop.relay(shop.publisher());
    await expect(relay.running).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
    await expect(shop.store.migrate(await shop.connect())).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
    const again = createOutbox({ store: postgres() });
    await again.prepare([orders]);
    const refused = shop.transactions.transact((tx) => again.add(tx, orders, { key: "k", value: "1" }));
    await expect(refused).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
  });

  it("fail the business transaction with an event that its contract refuses (trap 30)", async () => {
    const shop = await PostgresShop.open(cluster());
    const adding = shop.transactions.transact(async (tx) => {
      await tx.query("insert into orders (id) values ('k')");
      await shop.outbox.add(tx, orders, { key: "k", value: 7 as unknown as string });
    });
    await expect(adding).rejects.toMatchObject({ name: "SerializationError" });
    const unprepared = createOutbox({ store: shop.store });
    const unready = shop.transactions.transact((tx) => unprepared.add(tx, orders, { key: "k", value: "1" }));
    await expect(unready).rejects.toMatchObject({ code: "TOPIC_NOT_PREPARED" });
    expect(await shop.count("orders")).toBe(0);
  });

  it("are written to without a question mark, which some query builders take for a parameter (trap 37)", async () => {
    const shop = await PostgresShop.open(cluster(), { orderByKey: "strict" });
    const texts: string[] = [];
    const client = new Client({ connectionString: shop.url });
    client.on("error", () => {});
    await client.connect();
    await client.query("begin");
    const tx = {
      dialect: "pg" as const,
      query: async <Row>(text: string, parameters: readonly unknown[] = []) => {
        texts.push(text);
        const named = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
        expect(named).toEqual(parameters.map((_, index) => index + 1));
        return (await client.query(text, [...parameters])).rows as Row[];
      },
    };
    await shop.outbox.add(tx, orders, { key: "k", value: "1" });
    const entry = { consumer: "c", now: 0, purgeBefore: 0 };
    await shop.store.inbox.once(tx, entry, "a", () => Promise.resolve());
    await shop.store.inbox.admit(tx, entry, ["a", "b"]);
    await shop.store.inbox.oldest(tx, "c");
    await client.query("commit");
    await client.end();
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((text) => text.includes("?") || text.includes(";"))).toEqual([]);
  });
});
