import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admin, type LibsqlConnection, tx } from "@ottla/outbox/libsql";
import { missingPostgres, PostgresCluster } from "@ottla/postgres-launcher";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ottla } from "../command.test-kit.js";

const Database = createRequire(import.meta.url)("libsql") as new (path: string) => LibsqlConnection & { close(): void };

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "ottla-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "shop.db");
}

/** Puts a parked event with one behind it into a SQLite outbox, and one event that is not sent. */
function park(path: string): void {
  const connection = new Database(path);
  onTestFinished(() => {
    connection.close();
  });
  const db = tx(connection);
  const message =
    "insert into outbox_message(message_id, topic, key, headers, timestamp, created_at) values (?, 'orders', ?, '[]', 0, ?)";
  for (const id of ["a", "b", "c"]) db.query(message, [id, Buffer.from("k-1"), Date.now()]);
  db.query("insert into outbox_cursor(relay, last_id) values ('relay', 2)");
  const aside =
    "insert into outbox_stalled(relay, id, key_hash, state, attempts, last_error) values ('relay', ?, x'01', ?, 5, ?)";
  db.query(aside, [1, "parked", "MESSAGE_TOO_LARGE: 2 MB"]);
  db.query(aside, [2, "waiting", null]);
}

describe("ottla outbox on SQLite", () => {
  it("prints what it would do, does it once, and refuses tables of a newer release", async () => {
    const database = temporaryFile();
    const migrate = ["outbox", "migrate", "--database", database];
    expect(await ottla(...migrate)).toMatchObject({ status: 2, notes: expect.stringContaining("--print shows") });
    expect(await ottla(...migrate, "--print")).toMatchObject({ status: 2, notes: expect.stringContaining("--create") });
    expect(existsSync(database)).toBe(false);
    const printed = await ottla(...migrate, "--print", "--create");
    expect(printed.output).toContain("create table outbox_message");
    expect((await ottla("outbox", "migrate", "--for", "sqlite", "--print")).output).toBe(printed.output);
    expect((await ottla(...migrate, "--apply", "--dry-run")).output).toBe(printed.output);
    expect(await ottla(...migrate, "--apply")).toMatchObject({ status: 2, notes: expect.stringContaining("--yes") });
    expect(await ottla(...migrate, "--apply", "--yes")).toMatchObject({
      status: 0,
      output: `${database}: from version 0 to 1\n`,
    });
    expect((await ottla(...migrate, "--apply", "--json")).output).toBe(
      `${JSON.stringify({ database, from: 1, to: 1 })}\n`,
    );
    expect(await ottla(...migrate, "--print")).toMatchObject({ status: 0, output: "" });
    tx(new Database(database)).query("update outbox_schema set version = 9");
    expect(await ottla(...migrate, "--apply", "--yes")).toMatchObject({
      status: 1,
      notes: expect.stringContaining("[SCHEMA_TOO_NEW] tables of version 9, this release of @ottla/outbox knows 1"),
    });
    expect(await ottla("outbox", "status", "--database", database)).toMatchObject({ status: 1 });
  });

  it("shows lag and what is stuck, and lets a person try it again or give it up", async () => {
    const database = temporaryFile();
    const outbox = (...words: readonly string[]) => ottla("outbox", ...words, "--database", database);
    await outbox("migrate", "--apply", "--yes", "--create");
    expect(await outbox("status")).toMatchObject({ status: 0 });
    park(database);
    const status = await outbox("status");
    expect(status.status).toBe(1);
    expect(status.output).toContain("relay relay: 0 running, 1 events to send");
    expect(status.output).toMatch(/relay +1 +parked +orders +k-1 +5 +MESSAGE_TOO_LARGE: 2 MB/);
    expect(status.output).toContain("error: relay relay: 1 parked");
    expect(JSON.parse((await outbox("status", "--json")).output)).toMatchObject({
      version: 1,
      relays: [{ relay: "relay", alive: 0, shards: [{ unsent: 1, stalled: 2, parked: 1 }] }],
      stalled: [{ id: 1, state: "parked", error: "MESSAGE_TOO_LARGE: 2 MB", key: "k-1" }, { id: 2 }],
      findings: expect.arrayContaining([{ level: "error", text: expect.stringContaining("1 parked") }]),
    });
    expect((await outbox("stalled", "list", "--parked", "--json")).output.trim().split("\n")).toHaveLength(1);
    expect(await outbox("stalled", "drop", "2", "--yes")).toMatchObject({ status: 1, notes: "ottla: not parked: 2\n" });
    expect((await outbox("stalled", "drop", "1", "--dry-run")).output).toContain("would drop orders row 1");
    expect((await outbox("stalled", "retry", "1")).output).toBe("1 will be tried again\n");
    expect((await outbox("stalled", "drop", "1", "--yes")).status).toBe(1);
    tx(new Database(database)).query("update outbox_stalled set state = 'parked' where id = 1");
    expect((await outbox("stalled", "drop", "1", "--yes")).output).toBe("dropped 1\n");
    expect(await outbox("forget", "other", "--yes")).toMatchObject({
      status: 1,
      notes: expect.stringContaining('no relay "other"; there is relay'),
    });
    expect(await outbox("forget", "relay")).toMatchObject({ status: 2 });
    expect((await outbox("forget", "relay", "--yes")).output).toBe("forgot relay\n");
    expect((await admin(new Database(database)).status()).relays).toEqual([]);
    expect(await outbox("rebase", "--yes")).toMatchObject({ status: 2 });
  });

  it.each([
    { title: "no database", words: ["status"], says: "no database is named" },
    { title: "another one", words: ["status", "-d", "mysql://u:secret@h/d"], says: "mysql is not a database" },
    {
      title: "a Postgres setting for a file",
      words: ["migrate", "--print", "-d", "x.db", "--shards", "2"],
      says: "--shards is for Postgres",
    },
    {
      title: "a schema name it cannot have",
      words: ["migrate", "--for", "postgres", "--print", "--schema", "A b"],
      says: "small letters",
    },
    {
      title: "a server that is not there",
      words: ["status", "-d", "postgres://u:secret@127.0.0.1:1/shop"],
      status: 3,
      says: "postgres://u@127.0.0.1:1/shop: ",
    },
  ])("says in a line what is wrong with $title, never a password", async ({ words, says, status = 2 }) => {
    const { notes, ...outcome } = await ottla("outbox", ...words);
    expect(outcome.status).toBe(status);
    expect(notes).toContain(says);
    expect(notes).not.toContain("secret");
  });
});

describe.skipIf(missingPostgres() !== undefined)("ottla outbox on Postgres", () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await PostgresCluster.start();
  });
  afterAll(() => cluster?.stop());

  it("makes the tables once, shows how far relays are, helps, forgets and rebases", async () => {
    const database = cluster.url();
    const outbox = (...words: readonly string[]) =>
      ottla("outbox", ...words, "--database", database, "--schema", "shop_outbox");
    const printed = await outbox("migrate", "--print", "--shards", "2", "--partition-by", "hour");
    expect(printed.output).toContain(`select 0, 2, 'hour'`);
    expect(await outbox("migrate", "--apply", "--yes", "--shards", "2")).toMatchObject({ status: 0 });
    expect(await outbox("migrate", "--print", "--shards", "3")).toMatchObject({
      status: 1,
      notes: expect.stringContaining("the tables have 2 shards, and that does not change"),
    });
    expect((await outbox("migrate", "--apply")).output).toContain("version 1, nothing to do");

    const client = new Client({ connectionString: database });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(
      `insert into shop_outbox.cursor (relay, shard) values ('relay', 0), ('relay', 1);
       insert into shop_outbox.message (shard, message_id, topic, headers, record_timestamp) values (1, 'm', 'orders', '[]', 0);
       insert into shop_outbox.stalled (relay, shard, id, key_hash, state, last_error, message_id, topic, key, headers, record_timestamp, created_at)
         values ('relay', 0, 7, '\\x01', 'parked', 'TOPIC_AUTHORIZATION_FAILED', 's', 'orders', '\\x00ff', '[]', 0, now())`,
    );
    const status = await outbox("status");
    expect(status.status).toBe(1);
    expect(status.output).toContain("relay relay: 0 running, 1 events to send");
    expect(status.output).toMatch(/relay +7 +parked +orders +0x00ff +0 +TOPIC_AUTHORIZATION_FAILED/);
    expect(JSON.parse((await outbox("status", "--json")).output)).toMatchObject({ shards: 2, horizonAgeMs: 0 });
    expect((await outbox("stalled", "retry")).output).toBe("1 will be tried again\n");
    await client.query("update shop_outbox.stalled set state = 'parked'");
    expect((await outbox("stalled", "drop", "7", "--yes", "--json")).output).toBe('{"dropped":1}\n');
    expect((await outbox("rebase", "--yes")).output).toContain("rebased");
    await client.query("insert into shop_outbox.relay values ('relay', 'me', now() + interval '1 minute')");
    expect(await outbox("forget", "relay", "--yes")).toMatchObject({
      status: 1,
      notes: expect.stringContaining("Stop it"),
    });
    await client.query("delete from shop_outbox.relay");
    expect((await outbox("forget", "relay", "--yes")).output).toBe("forgot relay\n");
    await client.query("update shop_outbox.setting set version = 2");
    expect(await outbox("migrate", "--apply", "--yes")).toMatchObject({
      status: 1,
      notes: expect.stringContaining("[SCHEMA_TOO_NEW] tables of version 2"),
    });
  });
});
