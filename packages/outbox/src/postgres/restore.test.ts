import { missingPostgres, PostgresCluster } from "@ottla/postgres-launcher";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

/** What a dump and a restore carry over: rows as they are, and the place of the sequence. */
async function restore(from: PostgresShop, to: PostgresShop): Promise<void> {
  for (const table of ["setting", "cursor", "message"]) {
    const { rows } = await from.pool.query(`select row_to_json(t)::text as row from outbox.${table} t`);
    if (table !== "message") await to.pool.query(`delete from outbox.${table}`);
    for (const { row } of rows as { row: string }[]) {
      await to.pool.query(
        `insert into outbox.${table} select * from json_populate_record(null::outbox.${table}, $1::json)`,
        [row],
      );
    }
  }
  const { last } = await from.one<{ last: string }>("select last_value as last from outbox.message_id");
  await to.pool.query("select setval('outbox.message_id', $1)", [last]);
}

describe.skipIf(missingPostgres() !== undefined)("an outbox that was restored into another cluster", () => {
  const cluster = useCluster();

  it("is refused until it is rebased, and then nothing unpublished is lost (trap 16)", async () => {
    const old = await PostgresShop.open(cluster());
    // Transaction ids of the old cluster are far ahead of the new one's.
    for (let n = 0; n < 300; n += 1) await old.pool.query("select pg_current_xact_id()");
    const before = old.publisher();
    const relay = old.relay(before);
    await old.add("k=1", "j=1");
    await eventually(() => before.log.length === 2);
    await eventually(() => old.isSettled());
    await relay.relay.close();
    await old.add("k=2");

    const another = await PostgresCluster.start();
    onTestFinished(() => another.stop());
    const restored = await PostgresShop.open(another);
    await restore(old, restored);
    await restored.add("k=3");
    const after = restored.publisher();
    const refused = restored.relay(after);
    await expect(refused.running).rejects.toMatchObject({ code: "DATABASE_REPLACED" });
    const admin = await restored.admin();
    expect(await admin.doctor()).toContainEqual({
      level: "error",
      text: "the cursors belong to another cluster: rebase",
    });

    // Without a rebase: the cluster's name alone does not help, and the new row is below every old snapshot.
    const unprotected =
      "update outbox.setting set system_id = (select system_identifier::text from pg_control_system())";
    const name = await restored.one<{ system_id: string }>("select system_id from outbox.setting");
    await restored.pool.query(unprotected);
    const misled = restored.relay(after);
    await eventually(() => after.log.length > 0 || misled.events("takeover").length === 4);
    await misled.relay.close();
    expect(after.values("k")).not.toContain("3");
    await restored.pool.query("update outbox.setting set system_id = $1", [name.system_id]);

    await admin.rebase();
    const rebased = restored.publisher();
    restored.relay(rebased);
    await eventually(() => rebased.values("k").includes("3"));
    await eventually(() => restored.isSettled());
    expect(rebased.values("k").filter((value) => value !== "1")).toEqual(["2", "3"]);
    expect(rebased.values("j")).toEqual([]);
  });
});
