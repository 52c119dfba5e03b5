import { describe, expect, it } from "vitest";
import { anyDriver, temporaryPath } from "../test-kit/drivers.test-kit.js";
import { Shop } from "../test-kit/shop.test-kit.js";
import { CheckedDatabase } from "./sqlite-database.js";
import { readyRelayConnection } from "./suitability.js";

const refusal = (code: string) => expect.objectContaining({ code });

describe("the tables of the outbox", () => {
  it("are made once, and by the printed script the same", async () => {
    const driver = anyDriver();
    const store = driver.binding.sqlite();
    const [applied, printed] = [driver.open(temporaryPath()), driver.open(temporaryPath())];
    expect(store.migrate(applied)).toBe(0);
    expect(store.migrate(applied)).toBe(1);
    const script = driver.binding.tx(printed);
    if (!(script instanceof CheckedDatabase)) throw new Error("not ours");
    script.execute(store.migrationScript());
    const schema = (connection: object) =>
      driver.binding.tx(connection).query("select name, sql from sqlite_schema order by name");
    expect(schema(printed)).toEqual(schema(applied));
    expect(store.migrate(printed)).toBe(1);
    for (const connection of [applied, printed]) driver.close(connection);
  });

  it("are refused when they are missing, older, or newer than this release", async () => {
    const shop = await Shop.open();
    const version = (value: number) => {
      shop.tx.query("update outbox_schema set version = ?", [value]);
      // Each connection is looked at once, so this needs a new one.
      const connection = shop.open();
      return () => shop.driver.binding.transactions(connection).run((tx) => shop.addIn(tx, "k=1"));
    };
    expect(version(2)).toThrowError(refusal("SCHEMA_TOO_NEW"));
    expect(() => shop.store.migrate(shop.open())).toThrowError(refusal("SCHEMA_TOO_NEW"));
    expect(shop.tx.query("select version from outbox_schema")).toEqual([{ version: 2 }]);
    expect(version(0)).toThrowError(refusal("SCHEMA_MISSING"));
    expect(version(1)).not.toThrow();

    const bare = shop.driver.open(temporaryPath());
    const transactions = shop.driver.binding.transactions(bare);
    expect(() => transactions.run((tx) => shop.addIn(tx, "k=1"))).toThrowError(refusal("SCHEMA_MISSING"));
    shop.driver.close(bare);
  });

  it("make a relay fail at once when they are not there", async () => {
    const shop = await Shop.open();
    shop.tx.query("update outbox_schema set version = 9");
    const relay = shop.relay(shop.publisher());
    await expect(shop.world.resolved(relay.running)).rejects.toThrowError(refusal("SCHEMA_TOO_NEW"));
  });
});

describe("a database under an outbox", () => {
  it("must sync every commit of those who write events", async () => {
    const shop = await Shop.open();
    const connection = shop.open();
    const tx = shop.driver.binding.tx(connection);
    tx.query("pragma synchronous = normal");
    const adding = () => shop.driver.binding.transactions(connection).run((inner) => shop.addIn(inner, "k=1"));
    expect(adding).toThrowError(refusal("DATABASE_UNSUITABLE"));
    expect(adding).toThrow(/pragma synchronous = full/);
    tx.query("pragma synchronous = full");
    adding();
    expect(shop.count("outbox_message")).toBe(1);
  });

  it("is put in WAL mode and full syncs by a relay, whatever its default", async () => {
    const driver = anyDriver();
    const connection = driver.open(temporaryPath());
    driver.binding.sqlite().migrate(connection);
    const database = driver.binding.tx(connection);
    if (!(database instanceof CheckedDatabase)) throw new Error("not ours");
    database.query("pragma synchronous = off");
    readyRelayConnection(database);
    expect(database.query("pragma journal_mode")).toMatchObject([{ journal_mode: "wal" }]);
    expect(database.query("pragma synchronous")).toMatchObject([{ synchronous: 2 }]);
    driver.close(connection);
  });

  it("is refused where it has no file, or where commits can leave the order of ids (trap 35)", () => {
    const driver = anyDriver();
    const memory = driver.open(":memory:");
    const database = driver.binding.tx(memory);
    if (!(database instanceof CheckedDatabase)) throw new Error("not ours");
    expect(() => readyRelayConnection(database)).toThrowError(refusal("DATABASE_UNSUITABLE"));
    driver.close(memory);

    const answers: Record<string, object[]> = { "pragma journal_mode = wal": [{ journal_mode: "wal" }] };
    const forked = new CheckedDatabase({
      name: "a fork",
      prepare: (text) => ({ all: () => answers[text] ?? [] }),
      execute: () => {},
      isOpen: () => true,
      isInTransaction: () => false,
      close: () => {},
    });
    expect(() => readyRelayConnection(forked)).toThrow(/BEGIN CONCURRENT/);
  });
});
