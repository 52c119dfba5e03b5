import { describe, expect, it } from "vitest";
import { missingPostgres, PostgresCluster } from "./index.js";

describe.skipIf(missingPostgres() !== undefined)("a throw-away Postgres", () => {
  it("starts, survives kill -9, and leaves nothing behind", async () => {
    await using cluster = await PostgresCluster.start({ fsync: true });
    expect(cluster.url("shop")).toBe(`postgres://postgres@127.0.0.1:${cluster.port}/shop`);
    await cluster.kill();
    await cluster.restart();
    expect(cluster.log).toContain("database system was not properly shut down; automatic recovery in progress");
    await cluster.shutDown();
    await cluster.restart();
    await cluster.stop();
    await cluster.stop();
    await expect(cluster.kill()).rejects.toThrow("does not run");
  });
});
