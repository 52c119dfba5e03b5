import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startBroker } from "../kit/broker-process.js";
import { Child } from "../kit/child.js";
import { nodeBinary } from "../kit/node-binary.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { command, isBuilt, ottla as run } from "./ottla-command.js";

/** Runs the command against a cluster, or where none answers. */
const ottla = (
  args: readonly string[],
  { input, bootstrap = "127.0.0.1:1" }: { readonly input?: string; readonly bootstrap?: string } = {},
) => run(args, { env: { OTTLA_BOOTSTRAP: bootstrap }, ...(input !== undefined && { input }) });

describe.skipIf(!isBuilt)("ottla (skipped where it is not built)", () => {
  it("writes lines as records and reads them back byte for byte", async () => {
    const { address: bootstrap } = await startBroker({ memory: true });
    const lines = Array.from({ length: 500 }, (_, n) => JSON.stringify({ id: `k-${n % 7}`, n, text: "ü\u2028" }));
    const input = `${lines.join("\n")}\n`;
    const written = await ottla(["produce", "t", "--key-field", "id", "--create", "--partitions", "3", "--json"], {
      input,
      bootstrap,
    });
    expect(written).toMatchObject({ status: 0, errors: "" });
    expect(JSON.parse(written.lines[0] ?? "")).toMatchObject({ topic: "t", records: 500 });
    const read = await ottla(["consume", "t"], { bootstrap });
    expect(read.lines.toSorted()).toEqual(lines.toSorted());
    const asJson = await ottla(["consume", "t", "--json", "--limit", "3"], { bootstrap });
    expect(asJson.lines.map((line) => JSON.parse(line))).toHaveLength(3);
  });

  it("reads on as a member where the group stopped, and shows how far behind it is", async () => {
    const { address: bootstrap } = await startBroker({
      memory: true,
      config: { "group.initial.rebalance.delay.ms": 0 },
    });
    await ottla(["produce", "t", "--create"], { input: "a\nb\nc\nd\n", bootstrap });
    expect((await ottla(["consume", "t", "--group", "g", "--limit", "1"], { bootstrap })).lines).toEqual(["a"]);
    const lag = await ottla(["groups", "lag", "g", "--json"], { bootstrap });
    expect(JSON.parse(lag.lines[0] ?? "")).toMatchObject({ group: "g", topic: "t", committed: 1, end: 4, lag: 3 });
    expect((await ottla(["consume", "t", "--group", "g"], { bootstrap })).lines).toEqual(["b", "c", "d"]);
  });

  it("creates, lists, describes and deletes topics", async () => {
    const { address: bootstrap } = await startBroker({ memory: true });
    expect(
      (await ottla(["topics", "create", "a", "b", "--partitions", "2", "--config", "retention.ms=1000"], { bootstrap }))
        .lines,
    ).toEqual(["created a with 2 partitions", "created b with 2 partitions"]);
    const again = await ottla(["topics", "create", "a"], { bootstrap });
    expect(again.status).toBe(1);
    expect(again.errors).toContain("[TOPIC_ALREADY_EXISTS]");
    expect((await ottla(["topics", "create", "a", "--if-not-exists"], { bootstrap })).status).toBe(0);
    const described = await ottla(["topics", "describe", "a", "--json"], { bootstrap });
    expect(JSON.parse(described.lines[0] ?? "")).toMatchObject({ topic: "a", config: { "retention.ms": "1000" } });
    expect((await ottla(["topics", "delete", "a"], { bootstrap })).status).toBe(2);
    expect((await ottla(["topics", "delete", "a", "--yes"], { bootstrap })).lines).toEqual(["deleted a"]);
    const listed = await ottla(["topics", "list", "--json"], { bootstrap });
    expect(listed.lines.map((line) => JSON.parse(line))).toEqual([
      { topic: "b", partitions: 2, replicas: 1, records: 0 },
    ]);
  });

  it.each([
    { title: "no broker", args: ["topics", "list"], status: 3, says: "`ottla dev` starts one" },
    { title: "an unknown word", args: ["topic"], status: 2, says: "Did you mean topics?" },
    {
      title: "an option that does not fit",
      args: ["broker", "--port", "99999"],
      status: 2,
      says: "a port, 0 to 65535",
    },
    {
      title: "options against each other",
      args: ["dev", "--memory", "--data", "x"],
      status: 2,
      says: "cannot be used with",
    },
    {
      title: "a listener that is none",
      args: ["broker", "--memory", "--listeners", "9092"],
      status: 2,
      says: "is not NAME://host:port",
    },
    {
      title: "a wrong configuration",
      args: ["broker", "--memory", "--port", "0", "--config", "num.partitions=many"],
      status: 2,
      says: "num.partitions",
    },
  ])("says in a line what to do about $title", async ({ args, status, says }) => {
    const answer = await ottla(args);
    expect(answer.errors).toContain(says);
    expect(answer.status).toBe(status);
    expect(answer.errors).not.toContain("    at ");
  });

  it("tells the line of its input that is wrong, and how much was written", async () => {
    const { address: bootstrap } = await startBroker({ memory: true });
    const answer = await ottla(["produce", "t", "--create", "--key-field", "id"], {
      input: '{"id":1}\n{"no":1}\n',
      bootstrap,
    });
    expect(answer.status).toBe(1);
    expect(answer.errors).toContain('line 2 has no field "id"');
  });

  it("keeps its data from one `dev` to the next, and holds its folder while it runs", async () => {
    const folder = temporaryFolder();
    const data = join(folder, "data");
    const start = async () => {
      const child = new Child(nodeBinary, [command, "dev", "--port", "0", "--data", data]);
      const line = await child.line((text) => text.includes("broker"));
      return { child, bootstrap: /127\.0\.0\.1:\d+/.exec(line)?.[0] ?? "" };
    };
    const first = await start();
    await ottla(["produce", "t", "--create"], { input: "kept\n", bootstrap: first.bootstrap });
    const second = await ottla(["dev", "--port", "0", "--data", data]);
    expect(second.status).toBe(1);
    expect(second.errors).toContain(data);
    expect(await first.child.stop()).toBe(0);
    const third = await start();
    expect((await ottla(["consume", "t"], { bootstrap: third.bootstrap })).lines).toEqual(["kept"]);
  });
});
