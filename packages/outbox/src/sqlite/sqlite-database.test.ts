import { describe, expect, it, onTestFinished } from "vitest";
import type { SqliteBinding } from "../sqlite/sqlite-binding.js";
import { drivers, missingDrivers, temporaryPath } from "../test-kit/drivers.test-kit.js";
import { CheckedDatabase } from "./sqlite-database.js";
import { isBusy } from "./sqlite-errors.js";

for (const { name, missing } of missingDrivers) {
  describe(`a connection through ${name}`, () => it.skip(`is not tested: ${missing}`, () => {}));
}

describe.each(drivers)("a connection through $name", (driver) => {
  const open = (path = temporaryPath()) => {
    const connection = driver.open(path);
    onTestFinished(() => driver.close(connection));
    const database = driver.binding.tx(connection);
    if (!(database instanceof CheckedDatabase)) throw new Error("not ours");
    return { connection, database };
  };

  it("gives back every kind of value as it was given", () => {
    const { database } = open();
    database.query("create table t(i integer, r real, s text, b blob, n text) strict");
    const bytes = Uint8Array.of(1, 0, 255);
    database.query("insert into t values (?, ?, ?, ?, ?)", [Number.MAX_SAFE_INTEGER, 1.5, "é'?", bytes, null]);
    const [row] = database.query<{ i: number; r: number; s: string; b: Uint8Array; n: null }>("select * from t");
    expect(row).toMatchObject({ i: Number.MAX_SAFE_INTEGER, r: 1.5, s: "é'?", n: null });
    expect(row?.b).toBeInstanceOf(Uint8Array);
    expect([...(row?.b ?? [])]).toEqual([1, 0, 255]);
  });

  it("keeps the view of a larger buffer, and empty bytes, as they are", () => {
    const { database } = open();
    const view = Buffer.from("0123456789").subarray(3, 6);
    const [row] = database.query<{ view: Uint8Array; empty: Uint8Array }>("select ? as view, ? as empty", [
      view,
      new Uint8Array(0),
    ]);
    expect(Buffer.from(row?.view ?? []).toString()).toBe("345");
    expect(row?.empty.byteLength).toBe(0);
  });

  it("binds whole numbers as integers", () => {
    const { database } = open();
    const types = database.query("select typeof(?) as a, typeof(?) as b, typeof(?) as c", [5, 2 ** 40, 0.5]);
    expect(types).toMatchObject([{ a: "integer", b: "integer", c: "real" }]);
  });

  it.each([
    { title: "too few values", text: "select ? as a, ? as b", values: [1] },
    { title: "too many values", text: "select ? as a", values: [1, 2] },
    { title: "values for a statement without parameters", text: "select '?' as a -- ?", values: [1] },
    { title: "a boolean", text: "select ? as a", values: [true] },
    { title: "undefined", text: "select ? as a", values: [undefined] },
    { title: "a date", text: "select ? as a", values: [new Date(0)] },
    { title: "a named parameter", text: "select :a as a", values: [1] },
  ])("refuses $title instead of what the driver makes of it", ({ text, values }) => {
    const { database } = open();
    expect(() => database.query(text, values as never[])).toThrowError(
      expect.objectContaining({ code: "BAD_PARAMETER" }),
    );
    expect(database.query("select 1 as a")).toMatchObject([{ a: 1 }]);
  });

  it("knows whether it is in a transaction, also after a close", () => {
    const { connection, database } = open();
    expect(database.isInTransaction).toBe(false);
    database.query("begin");
    expect(database.isInTransaction).toBe(true);
    database.query("rollback");
    expect(database.isInTransaction).toBe(false);
    driver.close(connection);
    expect(database.isInTransaction).toBe(false);
    expect(() => database.query("select 1")).toThrowError(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
    expect(() => database.close()).not.toThrow();
  });

  it("waits for another writer as long as its timeout says, and not at all when it read before (trap 32)", () => {
    const path = temporaryPath();
    const [first, second] = [open(path).database, open(path).database];
    first.query("pragma journal_mode = wal");
    first.query("create table t(x)");
    second.query("pragma busy_timeout = 200");
    const error = (action: () => void): unknown => {
      try {
        action();
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    };
    first.query("begin immediate");
    const before = performance.now();
    expect(isBusy(error(() => second.query("begin immediate")))).toBe(true);
    expect(performance.now() - before).toBeGreaterThan(150);
    first.query("commit");

    // Read, then write after somebody else did: SQLITE_BUSY_SNAPSHOT at once. This is why everything here begins IMMEDIATE.
    second.query("begin");
    second.query("select * from t");
    first.query("insert into t values (1)");
    const again = performance.now();
    expect(isBusy(error(() => second.query("insert into t values (2)")))).toBe(true);
    expect(performance.now() - again).toBeLessThan(150);
    second.query("rollback");
  });

  it("blocks a transaction that is begun IMMEDIATE until it has its turn (trap 32)", () => {
    const path = temporaryPath();
    const { connection } = open(path);
    const other = open(path);
    const transactions = (driver.binding as SqliteBinding<object>).transactions(connection, { busyTimeoutMs: 100 });
    other.database.query("create table t(x)");
    other.database.query("begin immediate");
    expect(() => transactions.run(() => {})).toThrowError(
      expect.objectContaining({ code: "DATABASE_BUSY", retriable: true }),
    );
    other.database.query("commit");
    transactions.run((tx) => {
      tx.query("insert into t values (1)");
    });
    expect(other.database.query("select x from t")).toMatchObject([{ x: 1 }]);
  });

  it("rolls back what threw, refuses a promise, and refuses to nest (trap 34)", async () => {
    const { connection, database } = open();
    database.query("create table t(x)");
    const transactions = driver.binding.transactions(connection);
    const failing = () =>
      transactions.run((tx) => {
        tx.query("insert into t values (1)");
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    const waiting = async (): Promise<void> => {
      database.query("insert into t values (2)");
      await Promise.reject(new Error("nobody hears this"));
    };
    expect(() => transactions.run(waiting as () => never)).toThrowError(
      expect.objectContaining({ code: "ASYNC_IN_SYNC_TRANSACTION" }),
    );
    expect(() => transactions.run(() => transactions.run(() => {}))).toThrowError(
      expect.objectContaining({ code: "ALREADY_IN_TRANSACTION" }),
    );
    expect(database.query("select * from t")).toEqual([]);
    expect(database.isInTransaction).toBe(false);
  });

  it("never hands out an id again, even when all rows are gone (trap 33)", () => {
    const { connection, database } = open();
    driver.binding.sqlite().migrate(connection);
    const insert =
      "insert into outbox_message(message_id, topic, headers, timestamp, created_at) values (?, 't', '[]', 0, 0) returning id";
    expect(database.query(insert, ["a"])).toMatchObject([{ id: 1 }]);
    expect(database.query(insert, ["b"])).toMatchObject([{ id: 2 }]);
    database.query("delete from outbox_message");
    expect(database.query(insert, ["c"])).toMatchObject([{ id: 3 }]);
  });
});

describe("a connection whose driver cannot say whether it is in a transaction", () => {
  it("finds out without a lock", () => {
    let isOpen = false;
    const executed: string[] = [];
    const database = new CheckedDatabase({
      name: "old",
      prepare: () => ({ all: () => [] }),
      execute(script) {
        executed.push(script);
        if (script === "begin" && isOpen) throw new Error("cannot start a transaction within a transaction");
      },
      isOpen: () => true,
      isInTransaction: () => undefined,
      close: () => {},
    });
    expect(database.isInTransaction).toBe(false);
    isOpen = true;
    expect(database.isInTransaction).toBe(true);
    expect(executed).toEqual(["begin", "rollback", "begin"]);
  });
});
