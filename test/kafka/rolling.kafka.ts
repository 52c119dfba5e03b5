import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Kafka } from "@ottla/client";
import { expect, it } from "vitest";
import { java } from "../interop/java/java.js";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { isLongForm, rounds } from "../kit/long-form.js";
import { mavenFolder } from "../kit/maven-folder.js";
import type { PartitionContent } from "../kit/partition-content.js";
import { PartitionHistory } from "../kit/partition-history.js";
import { KafkaCluster } from "./kafka-cluster.js";
import { Disturbances } from "./rolling/disturbances.js";
import { gapReport } from "./rolling/gap-report.js";
import { logContents } from "./rolling/log-contents.js";
import { NumberedProducer } from "./rolling/numbered-producer.js";
import { numbered, partitions } from "./rolling/numbered-topic.js";
import type { ReadingJournal } from "./rolling/reading-journal.js";
import { RollingGroup } from "./rolling/rolling-group.js";
import { lengthOf, type Silences } from "./rolling/silences.js";
import { VerifiableGroup, VerifiableProducer } from "./rolling/verifiable-clients.js";

const jars = mavenFolder(fileURLToPath(new URL("4.3", import.meta.url)));
const minutes = Number(process.env.OTTLA_MINUTES ?? rounds(2, 10));
const load = { perSecond: 120, keys: 60 } as const;
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

    const classic = new RollingGroup(brokers, "ours", "classic", members);
    const reconciled = new RollingGroup(brokers, "ours-848", "consumer", members);
    // Their members come and go as well, which Java's do not: partitions on the way to another member wait for the coordinator.
    const restless = new RollingGroup(brokers, "restless", "classic", members);
    const restlessReconciled = new RollingGroup(brokers, "restless-848", "consumer", members);
    const groups = [classic, reconciled, restless, restlessReconciled];
    const javas = new VerifiableGroup(brokers, "javas", numbered.name, members);
    const producer = new NumberedProducer(kafka, load);
    const javaProducer = new VerifiableProducer(folder, brokers, theirs, load);
    const readTo = (ends: readonly number[], what: string): Promise<boolean> => {
      const look = (): boolean => {
        const behind = groups.filter(({ journal }) => !journal.hasReadTo(ends)).map(({ groupId }) => groupId);
        if (!javas.hasReadTo(ends)) behind.push("Java's group");
        if (behind.length > 0) throw new Error(`${behind.join(", ")} has not read to ${ends.join()}`);
        return true;
      };
      return eventually(look, { ...patience, what: `all groups to read ${what}` });
    };
    const furtherBy = (records: number): readonly number[] =>
      Array.from({ length: partitions }, (_, partition) => classic.journal.nextOf(partition) + records);
    await readTo(furtherBy(1), "the first records");
    await eventually(() => javaProducer.acknowledged > 0, { ...patience, what: "Java's producer" });

    const disturbances = new Disturbances(cluster, admin, [numbered.name, theirs]);
    await disturbances.allInSync();
    const began = Date.now();
    const summary = (ended: number): number => {
      const { silences: javaSilences, repeated: javaRepeated } = javas.silences();
      const readers = { "we read": classic.journal.silences, "KIP-848": reconciled.journal.silences };
      const writers = { "we write": producer.silences, "Java writes": javaProducer.silences() };
      const report = gapReport({ ...readers, "Java reads": javaSilences, ...writers }, disturbances.log, ended);
      const longest = (silences: Silences): number => {
        const found = silences.longest(began, ended);
        return found === undefined ? 0 : lengthOf(found);
      };
      const ratios = Object.values(readers).map((silences) => longest(silences) / longest(javaSilences));
      const acknowledged = producer.sent.filter(({ metadata }) => metadata !== undefined);
      const repeats = groups.map(({ groupId, journal }) => `${journal.repeated} by ${groupId}`);
      const others = [restless, restlessReconciled].map(({ journal }) => `${longest(journal.silences)} ms`);
      console.log(
        [
          `${producer.sent.length} records sent, ${acknowledged.length} acknowledged, ${producer.failures.length} failed`,
          `records read again after a rebalance: ${repeats.join(", ")}, ${javaRepeated} by Java`,
          `Java's producer: ${javaProducer.acknowledged} acknowledged, ${javaProducer.failed} failed`,
          ...report,
          `longest of ours: ${ratios.map((ratio) => ratio.toFixed(2)).join(" and ")} × Java's; at most ${gapBar} is asked for`,
          `longest where members come and go: ${others.join(" and, KIP-848, ")}`,
          ...groups.flatMap((group) => [`what members of ${group.groupId} told:`, ...group.events()]),
        ].join("\n"),
      );
      return Math.max(...ratios);
    };
    const roll = async (): Promise<void> => {
      // Each broker at least once.
      for (let turn = 0; turn < cluster.nodes.length || Date.now() < began + minutes * 60_000; turn += 1) {
        const node = cluster.nodes[turn % cluster.nodes.length];
        if (node === undefined) throw new Error("a cluster has nodes");
        for (const group of [restless, restlessReconciled]) group.join();
        // Down for long enough that everybody has gone on without it.
        await disturbances.killAndRestart(node, async () => {
          await readTo(furtherBy(60), `without broker ${node.id}`);
        });
        await disturbances.moveLeaders();
        disturbances.note("members leave");
        await Promise.all([restless.leave(), restlessReconciled.leave()]);
        // A coordinator writes down that a member of a classic group left when the others have divided what it had: killed before, its
        // successor waits for the member until its session ends.
        await readTo(furtherBy(60), "after members have left");
        await disturbances.moveReplicas();
      }
    };
    await roll().catch((error: unknown) => {
      summary(Date.now());
      throw error;
    });
    const ended = Date.now();
    await Promise.all([producer.stop(), javaProducer.stop()]);
    const contents = await logContents(cluster, admin, numbered.name);
    const ends = contents.map(({ endOffset }) => endOffset);
    await readTo(ends, "the last records");
    await Promise.all([...groups.map((group) => group.close()), javas.stop()]);

    const worst = summary(ended);
    expect(producer.failures).toEqual([]);
    for (const { journal } of groups) {
      contents.forEach((content, partition) => {
        checkPartition(partition, content, producer, journal);
      });
      expect(journal.violations).toEqual([]);
    }
    if (isLongForm) expect(worst).toBeLessThanOrEqual(gapBar);
  },
  (minutes + 12) * 60_000,
);

/** Every acknowledged record is there once, where it was said to be, in the order of sending, and was read as it is. @throws Violation */
function checkPartition(
  partition: number,
  { records, logStartOffset, endOffset }: PartitionContent,
  producer: NumberedProducer,
  journal: ReadingJournal,
): void {
  const history = new PartitionHistory(`${numbered.name}-${partition}`);
  for (const { value, metadata } of producer.sent) {
    if (metadata?.partition !== partition) continue;
    history.sending("ours", value);
    // A duplicate that the broker remembers, but not its offset, is acknowledged without one.
    if (metadata.offset >= 0n) history.acknowledged(Number(metadata.offset), value);
    else expect(records.filter(({ id }) => id === value)).toHaveLength(1);
  }
  history.served(journal.recordsOf(partition));
  history.check(records, logStartOffset, endOffset);
}
