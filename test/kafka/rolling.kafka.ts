import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Kafka } from "@ottla/client";
import { nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { java } from "../interop/java/java.js";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { isLongForm, rounds } from "../kit/long-form.js";
import { mavenFolder } from "../kit/maven-folder.js";
import { partitionContent } from "../kit/partition-content.js";
import { PartitionHistory } from "../kit/partition-history.js";
import { WireClient } from "../kit/wire-client.js";
import { KafkaCluster } from "./kafka-cluster.js";
import { Disturbances } from "./rolling/disturbances.js";
import { gapReport } from "./rolling/gap-report.js";
import { GroupMember } from "./rolling/group-member.js";
import { NumberedProducer } from "./rolling/numbered-producer.js";
import { numbered, partitions } from "./rolling/numbered-topic.js";
import { ReadingJournal } from "./rolling/reading-journal.js";
import { lengthOf } from "./rolling/silences.js";
import { VerifiableGroup, VerifiableProducer } from "./rolling/verifiable-clients.js";

const jars = mavenFolder(fileURLToPath(new URL("4.3", import.meta.url)));
const minutes = Number(process.env.OTTLA_MINUTES ?? rounds(2, 10));
const load = { perSecond: 200, keys: 60 } as const;
const members = 2;
const patience = { withinMs: 180_000, everyMs: 100 };
/** How much longer than Java's the longest silence of ours may be. */
const gapBar = 1.5;

/** Of the same shape, for Java's producer. */
const theirs = "numbered-by-java";

it.skipIf("missing" in jars || java.missing !== undefined)(
  `loses, reorders and repeats nothing in ${minutes} minutes of killed brokers, moved leaders and reassigned partitions`,
  async () => {
    if ("missing" in jars) return;
    const cluster = await KafkaCluster.start(jars.classPath);
    cleanup(() => cluster.stop());
    const folder = mkdtempSync(join(tmpdir(), "ottla-rolling-"));
    cleanup(() => rmSync(folder, { recursive: true, force: true }));
    const brokers = cluster.addresses("PLAINTEXT");
    const kafka = new Kafka({ brokers, clientId: "rolling" });
    cleanup(() => kafka.close());
    const admin = kafka.admin();
    const created = await admin.topics.create(
      [numbered.name, theirs].map((name) => ({ name, partitions, replicationFactor: 3 })),
    );
    expect(created.map(({ error }) => error)).toEqual([undefined, undefined]);

    const journal = new ReadingJournal();
    const group = Array.from(
      { length: members },
      (_, index) => new GroupMember(`member-${index + 1}`, brokers, "ours", journal),
    );
    const javaGroup = new VerifiableGroup(brokers, "javas", numbered.name, members);
    const producer = new NumberedProducer(kafka, load);
    const javaProducer = new VerifiableProducer(folder, brokers, theirs, load);
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const readPast = (ends: readonly number[]) => async () => {
      const next = javaGroup.next();
      return all.every((each) => {
        const end = ends[each] ?? 0;
        return journal.nextOf(each) >= end && (next.get(each) ?? 0) >= end;
      });
    };
    const positions = (ahead: number) => all.map((each) => journal.nextOf(each) + ahead);
    await eventually(readPast(positions(1)), { ...patience, what: "both groups to read" });
    await eventually(() => javaProducer.acknowledged > 0, { ...patience, what: "Java's producer" });

    const disturbances = new Disturbances(cluster, admin, [numbered.name, theirs]);
    await disturbances.allInSync();
    const until = Date.now() + minutes * 60_000;
    // Each broker at least once.
    for (let turn = 0; turn < cluster.nodes.length || Date.now() < until; turn += 1) {
      const node = cluster.nodes[turn % cluster.nodes.length];
      if (node === undefined) throw new Error("a cluster has nodes");
      // Long enough for everybody to go on without it.
      await disturbances.killAndRestart(node, async () => {
        await eventually(readPast(positions(100)), { ...patience, what: `both groups to read without ${node.id}` });
      });
      await disturbances.moveLeaders();
      await disturbances.moveReplicas();
    }
    const endedAt = Date.now();
    await Promise.all([producer.stop(), javaProducer.stop()]);

    const described = (await admin.topics.describe([numbered.name]))[0]?.partitions ?? [];
    const contents = await Promise.all(
      all.map(async (partition) => {
        const leader = cluster.nodes.find(({ id }) => id === described[partition]?.leader);
        const [host = "", port = ""] = (leader?.address("PLAINTEXT") ?? "").split(":");
        const client = new WireClient(nodeWorld.network, { host, port: Number(port) });
        try {
          return await partitionContent(client, numbered.name, partition);
        } finally {
          client.close();
        }
      }),
    );
    await eventually(readPast(contents.map(({ endOffset }) => endOffset)), {
      ...patience,
      what: "the rest to be read",
    });
    await Promise.all([...group.map((member) => member.close()), javaGroup.stop()]);

    const { silences: javaSilences, repeated: javaRepeated } = javaGroup.silences();
    const columns = { "we read": journal.silences, "Java reads": javaSilences };
    const producers = { "we write": producer.silences, "Java writes": javaProducer.silences() };
    const report = gapReport({ ...columns, ...producers }, disturbances.log, endedAt);
    const [ours, javas] = Object.values(columns).map((each) => {
      const longest = each.longest(disturbances.log[0]?.at ?? 0, endedAt);
      return longest === undefined ? 0 : lengthOf(longest);
    });
    const ratio = (ours ?? 0) / (javas ?? 1);
    const events = group.flatMap((member) => [...member.events].map(([what, count]) => `  ${count} × ${what}`));
    console.log(
      [
        `${producer.sent.length} records sent, ${producer.acknowledged} acknowledged, ${producer.failures.length} failed`,
        `read again after a rebalance: ${journal.repeated} by us, ${javaRepeated} by Java`,
        `Java's producer: ${javaProducer.acknowledged} acknowledged, ${javaProducer.failed} failed`,
        ...report,
        `longest of ours is ${ratio.toFixed(2)} × Java's; at most ${gapBar} is asked for`,
        "what our members told:",
        ...events,
      ].join("\n"),
    );

    expect(producer.failures).toEqual([]);
    for (const { partition, logStartOffset, endOffset, records } of contents.map((each, partition) => ({
      ...each,
      partition,
    }))) {
      const history = new PartitionHistory(`${numbered.name}-${partition}`);
      for (const { value, metadata } of producer.sent) {
        if (metadata?.partition !== partition) continue;
        history.sending("ours", value);
        if (metadata.offset >= 0n) history.acknowledged(Number(metadata.offset), value);
      }
      history.served(journal.recordsOf(partition));
      history.check(records, logStartOffset, endOffset);
    }
    const written = new Set(contents.flatMap(({ records }) => records.map(({ id }) => id)));
    expect(producer.sent.filter(({ value }) => !written.has(value))).toEqual([]);
    expect(journal.violations).toEqual([]);
    if (isLongForm) expect(ratio).toBeLessThanOrEqual(gapBar);
  },
  (minutes + 12) * 60_000,
);
