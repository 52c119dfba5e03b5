import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { java } from "./java.js";
import { KafkaTools, table } from "./kafka-tools.js";

const config = { "group.initial.rebalance.delay.ms": 0 };

describe.skipIf(java.missing !== undefined)("Kafka's tools for the cluster", () => {
  it("describe it: id, broker, versions, features, quorum", async () => {
    const { address, port } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const cluster = async (command: string) => {
      const { lines } = await tools.java("org.apache.kafka.tools.ClusterTool", [
        command,
        "--bootstrap-server",
        address,
      ]);
      return lines;
    };
    const [id = ""] = await cluster("cluster-id");
    expect(id).toMatch(/^Cluster ID: [\w-]{22}$/);
    expect(table(await cluster("list-endpoints"))[0]).toMatchObject({ ID: "1", HOST: "127.0.0.1", PORT: `${port}` });
    const [broker, ...versions] = await tools.run("BrokerApiVersionsCommand", "--");
    expect(broker).toBe(`${address} (id: 1 rack: null isFenced: false) -> (`);
    const served = versions.filter((line) => line.includes("usable"));
    expect(served).toContain("\tFetch(1): 4 to 18 [usable: 18],");
    expect(served.length).toBeGreaterThan(50);
    expect((await tools.run("FeatureCommand", "describe")).join("\n")).toMatch(
      /metadata\.version .* FinalizedVersionLevel: 4\.3-IV0 [\s\S]*transaction\.version .* FinalizedVersionLevel: 2 /,
    );
    expect(await tools.run("FeatureCommand", "upgrade --feature transaction.version=2 --dry-run")).toEqual([
      "transaction.version can be upgraded to 2.",
    ]);
    const status = (await tools.run("MetadataQuorumCommand", "describe --status")).join("\n");
    expect(status).toContain(id.slice("Cluster ID: ".length));
    expect(status).toMatch(/LeaderId: +1\n[\s\S]*MaxFollowerLag: +0\n[\s\S]*CurrentVoters: +\[{"id": 1/);
    const [replica] = table(await tools.run("MetadataQuorumCommand", "describe --replication"), /\t/);
    expect(replica).toMatchObject({ NodeId: "1", Lag: "0", Status: "Leader" });
  }, 60_000);

  it("find nothing to elect, to reassign, to permit or to unregister", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    await tools.run("TopicCommand", "--create --topic orders --partitions 2");
    expect(await tools.run("LeaderElectionCommand", "--election-type preferred --all-topic-partitions")).toEqual([]);
    const one = "--election-type unclean --topic orders --partition 0";
    expect(await tools.run("LeaderElectionCommand", one)).toEqual([
      "Valid replica already elected for partitions orders-0",
    ]);

    const folder = temporaryFolder("tools");
    const moves = join(folder, "moves.json");
    const partitions = [0, 1].map((partition) => ({ topic: "orders", partition, replicas: [1] }));
    writeFileSync(moves, JSON.stringify({ version: 1, partitions }));
    const topics = join(folder, "topics.json");
    writeFileSync(topics, JSON.stringify({ version: 1, topics: [{ topic: "orders" }] }));
    const reassign = (args: string) => tools.run("reassign.ReassignPartitionsCommand", args);
    expect(await reassign("--list")).toEqual(["No partition reassignments found."]);
    const proposed = await reassign(`--topics-to-move-json-file ${topics} --broker-list 1 --generate`);
    expect(JSON.parse(proposed.at(-1) ?? "")).toMatchObject({ partitions });
    expect(await reassign(`--reassignment-json-file ${moves} --execute`)).toContain(
      "Successfully started partition reassignments for orders-0,orders-1",
    );
    expect(await reassign(`--reassignment-json-file ${moves} --verify`)).toContain(
      "Reassignment of partition orders-1 is completed.",
    );
    expect((await reassign(`--reassignment-json-file ${moves} --cancel`)).join("\n")).toContain(
      "None of the specified partition reassignments are active.",
    );

    for (const args of ["--list", "--add --allow-principal User:ada --operation Read --topic orders"]) {
      expect(await tools.attempt("AclCommand", args)).toMatchObject({
        status: 1,
        lines: expect.arrayContaining([expect.stringMatching(/SecurityDisabledException: No authorizer/i)]),
      });
    }
    const unregister = ["unregister", "--bootstrap-server", address, "--id", "7"];
    expect(await tools.java("org.apache.kafka.tools.ClusterTool", unregister)).toMatchObject({
      status: 1,
      errors: expect.stringContaining("Broker ID 7 is not currently registered"),
    });
  }, 60_000);

  it("show, search and end transactions", async () => {
    const { address } = await startBroker({ dataDir: temporaryFolder("tools"), config });
    const tools = new KafkaTools(address);
    const transactions = async (args: string) => table(await tools.run("TransactionsCommand", args), /\t/);
    await tools.run("TopicCommand", "--create --topic orders --partitions 1");
    const producer = "--topic orders --num-records 10 --record-size 9 --throughput -1 --transactional-id done";
    await tools.run("ProducerPerformance", producer);
    for (const id of ["first", "second"]) await tools.java("OpenTransaction", [address, "orders", id, "5"]);

    const states = async (args = "") =>
      Object.fromEntries(
        (await transactions(`list${args}`)).map(({ TransactionalId = "", TransactionState }) => [
          TransactionalId,
          TransactionState,
        ]),
      );
    expect(await states()).toEqual({ done: "CompleteCommit", first: "Ongoing", second: "Ongoing" });
    expect(await states(" --transactional-id-pattern f.*t")).toEqual({ first: "Ongoing" });
    expect(await states(" --duration-filter 3600000")).toEqual({});
    const [first] = await transactions("describe --transactional-id first");
    expect(first).toMatchObject({
      TransactionState: "Ongoing",
      TransactionTimeoutMs: "60000",
      TopicPartitions: "orders-0",
    });
    const open = async () =>
      (await transactions("describe-producers --topic orders --partition 0")).map(
        (row) => row.CurrentTransactionStartOffset,
      );
    expect(await open()).toEqual(["None", "11", "16"]);
    // Those that the coordinator knows do not hang, however old they are.
    expect(await transactions("find-hanging --broker-id 1 --max-transaction-timeout 0")).toEqual([]);

    await transactions("forceTerminateTransaction --transactionalId first");
    expect(await open()).toEqual(["None", "None", "16"]);
    // Writes the marker itself, as for a transaction that no coordinator knows.
    await tools.run("TransactionsCommand", "abort --topic orders --partition 0 --start-offset 16");
    expect(await open()).toEqual(["None", "None", "None"]);
    const read = "--topic orders --from-beginning --isolation-level read_committed --timeout-ms 1000";
    expect((await tools.attempt("consumer.ConsoleConsumer", read)).lines).toHaveLength(10);
    expect(await tools.attempt("TransactionsCommand", "describe --transactional-id nobody")).toMatchObject({
      status: 1,
      errors: expect.stringContaining("could not be found"),
    });
  }, 60_000);
});
