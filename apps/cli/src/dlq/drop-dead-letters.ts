import type { Admin, RecordsToDelete } from "@ottla/client";
import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";
import { redrivenOf } from "./redriven.js";

interface DropOptions extends ClusterOptions, Confirmation {
  readonly all?: true;
  readonly redriven?: true;
  readonly before: readonly { readonly partition: number; readonly offset: bigint }[];
}

/** `ottla dlq drop`: deletes from the beginning of partitions on. Kafka deletes no single records. */
export async function dropDeadLetters(terminal: Terminal, topic: string, options: DropOptions): Promise<void> {
  const chosen = [options.all === true, options.redriven === true, options.before.length > 0].filter(Boolean);
  if (chosen.length !== 1) {
    throw new CommandError("what to drop: one of --all, --redriven and --before", { exitCode: exitCodes.usage });
  }
  await withKafka(terminal, options, async (kafka) => {
    const admin = kafka.admin();
    const found = await admin.topics.describe([topic], { signal: terminal.signal });
    throwIfFailed(found);
    const partitions = found.flatMap((each) => each.partitions.map(({ partition }) => partition));
    const bounds = await boundsOf(admin, topic, partitions, terminal.signal);
    const wanted = await wantedOf(admin, topic, partitions, options, terminal.signal);
    const toDelete: RecordsToDelete[] = [];
    const plan: string[] = [];
    for (const { partition, before } of wanted) {
      const { begin, end } = bounds.get(partition) ?? { begin: 0n, end: 0n };
      const upTo = before === undefined || before > end ? end : before;
      if (upTo <= begin) continue;
      toDelete.push({ topic, partition, before: upTo });
      plan.push(`${upTo - begin} records of ${topic}-${partition}, offsets ${begin} to ${upTo - 1n}`);
    }
    if (plan.length === 0) {
      terminal.note("nothing to drop");
      return;
    }
    if (!(await confirmed(terminal, plan, options))) return;
    const outcomes = await admin.topics.deleteRecords(toDelete, { signal: terminal.signal });
    for (const { partition, logStartOffset, error } of outcomes) {
      if (error === undefined) await terminal.write(`${topic}-${partition} begins at ${logStartOffset}\n`);
    }
    throwIfFailed(outcomes);
  });
}

/** How far each partition is to be dropped; undefined for all of it. */
async function wantedOf(
  admin: Admin,
  topic: string,
  partitions: readonly number[],
  { all, redriven, before }: DropOptions,
  signal: AbortSignal,
): Promise<readonly { readonly partition: number; readonly before: bigint | undefined }[]> {
  if (all) return partitions.map((partition) => ({ partition, before: undefined }));
  if (!redriven) return before.map(({ partition, offset }) => ({ partition, before: offset }));
  const sent = await redrivenOf(admin, topic, signal);
  return partitions.map((partition) => ({ partition, before: sent.get(partition)?.next ?? 0n }));
}

async function boundsOf(
  admin: Admin,
  topic: string,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, { readonly begin: bigint; readonly end: bigint }>> {
  const at = (where: "earliest" | "latest") =>
    admin.offsets.list(
      partitions.map((partition) => ({ topic, partition, at: where })),
      { signal },
    );
  const [first, last] = await Promise.all([at("earliest"), at("latest")]);
  throwIfFailed([...first, ...last]);
  return new Map(
    first.map(({ partition, offset }, index) => [partition, { begin: offset ?? 0n, end: last[index]?.offset ?? 0n }]),
  );
}
