import { type Kafka, withoutFailure } from "@ottla/client";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type DeadLetter, type DeadLetterFilter, deadLettersOf, isMeant } from "./dead-letters.js";
import { commitRedriven, Redriven, redrivenOf } from "./redriven.js";

interface RedriveOptions extends ClusterOptions, Confirmation, DeadLetterFilter {
  readonly to?: string;
  readonly limit?: number;
  readonly again?: true;
}

/** Records between two commits: what is sent twice when the command is killed. */
const batchSize = 500;

/** `ottla dlq redrive`: sends dead letters back, as they were. */
export async function redrive(terminal: Terminal, name: string, options: RedriveOptions): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const { signal } = terminal;
    const before = await redrivenOf(kafka.admin(), name, signal);
    const plan = await planOf(kafka, name, options, before, signal);
    const lines = [...plan].map(([to, count]) => `${count} record${count === 1 ? "" : "s"} of ${name} to ${to}`);
    if (lines.length === 0) {
      terminal.note("nothing to send: no record fits that was not sent before (--again sends those as well)");
      return;
    }
    if (!(await confirmed(terminal, lines, options, "send"))) return;
    const sent = await send(kafka, name, options, before, signal);
    for (const [to, records] of sent) {
      await terminal.write(
        options.json ? jsonLine({ from: name, to, records }) : `sent ${records} of ${name} to ${to}\n`,
      );
    }
  });
}

/** The records to send: those that are meant and were not sent before. */
async function* lettersToSend(
  kafka: Kafka,
  name: string,
  options: RedriveOptions,
  before: ReadonlyMap<number, Redriven>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly letter: DeadLetter; readonly to: string }, void> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for await (const letter of deadLettersOf(kafka, name, signal)) {
    const { partition, offset, reason } = letter;
    if (!isMeant(letter, options)) continue;
    if (options.again !== true && before.get(partition)?.has(offset)) continue;
    const to = options.to ?? reason?.topic;
    if (to === undefined) {
      throw new CommandError(`${name}-${partition}, offset ${offset}: its headers do not name a topic to send it to`, {
        hint: "--to names one; a filter passes it over.",
      });
    }
    yield { letter, to };
    left -= 1;
    if (left <= 0) return;
  }
}

async function planOf(...from: Parameters<typeof lettersToSend>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const { to } of lettersToSend(...from)) counts.set(to, (counts.get(to) ?? 0) + 1);
  return counts;
}

async function send(
  kafka: Kafka,
  name: string,
  options: RedriveOptions,
  before: ReadonlyMap<number, Redriven>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const admin = kafka.admin();
  const producer = kafka.producer();
  const sent = new Map<string, number>();
  const redriven = new Map(before);
  const begins = await beginsOf(kafka, name, signal);
  let batch: { readonly letter: DeadLetter; readonly to: string; readonly acknowledged: Promise<unknown> }[] = [];
  const settle = async (): Promise<void> => {
    // All of them, so that what is acknowledged beside a failure is remembered.
    const outcomes = await Promise.allSettled(batch.map(({ acknowledged }) => acknowledged));
    for (const [index, { letter, to }] of batch.entries()) {
      if (outcomes[index]?.status !== "fulfilled") continue;
      const { partition, offset } = letter;
      const progress = redriven.get(partition) ?? new Redriven();
      progress.add(offset);
      progress.pass(begins.get(partition) ?? 0n);
      redriven.set(partition, progress);
      sent.set(to, (sent.get(to) ?? 0) + 1);
    }
    batch = [];
    await commitRedriven(admin, name, redriven);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  // Its own copy, so that what this run sends does not hide records from it.
  const sentBefore = await redrivenOf(admin, name, signal);
  try {
    for await (const { letter, to } of lettersToSend(kafka, name, options, sentBefore, signal)) {
      const { rawKey: key, rawValue: value, rawHeaders } = letter;
      const acknowledged = producer.sendRaw({ topic: to, key, value, headers: withoutFailure(rawHeaders) }, { signal });
      // Looked at in `settle`, with the others of its batch.
      acknowledged.catch(() => {});
      batch.push({ letter, to, acknowledged });
      if (batch.length >= batchSize) await settle();
    }
  } finally {
    await settle();
  }
  return sent;
}

/** Where the log of each partition begins: what is below is gone, and was sent or not wanted. */
async function beginsOf(kafka: Kafka, topic: string, signal: AbortSignal): Promise<ReadonlyMap<number, bigint>> {
  const admin = kafka.admin();
  const [described] = await admin.topics.describe([topic], { signal });
  const places = (described?.partitions ?? []).map(({ partition }) => ({ topic, partition, at: "earliest" as const }));
  const found = await admin.offsets.list(places, { signal });
  return new Map(found.map(({ partition, offset }) => [partition, offset ?? 0n]));
}
