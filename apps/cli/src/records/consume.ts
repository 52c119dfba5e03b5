import { bytes, type Consumer, type Kafka, topic } from "@ottla/client";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { type ConnectionFlags, connectionOf } from "../connection/connection.js";
import { exitCodes } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";
import type { PayloadDecoder } from "./payload-decoder.js";
import { type PrintableRecord, printed } from "./printed-record.js";

interface ConsumeOptions extends ClusterOptions, ConnectionFlags {
  readonly group?: string;
  readonly from?: "beginning" | "end";
  readonly limit?: number;
  readonly follow?: true;
}

/** A topic whose keys and values are shown as they are, nulls included. */
const rawTopic = (name: string) => topic(name, { value: bytes(), tombstones: true });

type RawTopic = ReturnType<typeof rawTopic>;

/** `ottla consume`: prints records, up to where the topics end now, or on and on. */
export async function consume(terminal: Terminal, names: readonly string[], options: ConsumeOptions): Promise<void> {
  if (options.from === "end" && !options.follow) {
    throw new CommandError("--from end without --follow shows nothing", {
      hint: "--follow waits for what comes; --from beginning shows what is there.",
      exitCode: exitCodes.usage,
    });
  }
  const decoder = await decoderOf(terminal, options);
  let hasTold = false;
  const tellOfSchemas = (value: Buffer | null): void => {
    if (hasTold || value === null || !looksEncoded(value)) return;
    hasTold = true;
    terminal.note("ottla: values look as if written with a registry's schema: --registry decodes them");
  };
  await withKafka(terminal, options, async (kafka) => {
    await requireTopics(kafka, names, terminal.signal);
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    /** Answers whether that was the last one wanted. */
    const print = async (record: PrintableRecord): Promise<boolean> => {
      if (decoder === undefined) tellOfSchemas(record.rawValue);
      const decoded = { key: await decoder?.decode(record.rawKey), value: await decoder?.decode(record.rawValue) };
      await terminal.write(printed(record, { json: options.json === true, withTopic: names.length > 1, decoded }));
      left -= 1;
      return left <= 0;
    };
    const topics = names.map(rawTopic);
    if (options.group === undefined) await readAll(kafka, topics, options, terminal.signal, print);
    else await readAsMember(kafka, topics, { ...options, group: options.group }, terminal.signal, print);
  });
}

/** A zero and a schema's id come before such a value; text hardly begins so. */
const looksEncoded = (value: Buffer): boolean => value.length > 5 && value[0] === 0 && value[1] === 0;

/** Loaded only where a registry is named. */
async function decoderOf(terminal: Terminal, options: ConsumeOptions): Promise<PayloadDecoder | undefined> {
  if (connectionOf(options).registry === undefined) return undefined;
  const [{ PayloadDecoder }, { registryOf }] = await Promise.all([
    import("./payload-decoder.js"),
    import("../schema/with-registry.js"),
  ]);
  return new PayloadDecoder(terminal, registryOf(options));
}

async function requireTopics(kafka: Kafka, names: readonly string[], signal: AbortSignal): Promise<void> {
  for (const { error } of await kafka.admin().topics.describe(names, { signal })) {
    if (error !== undefined)
      throw new CommandError(error.message, { hint: "`ottla topics list` shows what there is." });
  }
}

async function readAll(
  kafka: Kafka,
  topics: readonly RawTopic[],
  { from, follow }: ConsumeOptions,
  signal: AbortSignal,
  print: (record: PrintableRecord) => Promise<boolean>,
): Promise<void> {
  const reader = kafka.reader({
    topics,
    from: from === "end" ? "latest" : "earliest",
    until: follow ? undefined : "end",
    signal,
  });
  try {
    for await (const record of reader) if (await print(record)) return;
  } catch (error) {
    // Ctrl-C is how a --follow ends.
    if (!(follow && signal.aborted)) throw error;
  }
}

/** As a member of a group: what was printed is committed, and what another member has is left to it. */
async function readAsMember(
  kafka: Kafka,
  topics: readonly RawTopic[],
  { group, from, follow }: ConsumeOptions & { readonly group: string },
  signal: AbortSignal,
  print: (record: PrintableRecord) => Promise<boolean>,
): Promise<void> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal.addEventListener("abort", stop, { once: true });
  const consumer = kafka.consumer({ groupId: group, topics, from: from === "end" ? "latest" : "earliest" });
  const watch = setInterval(() => {
    if (!follow && hasReadAll(consumer)) stop();
  }, 50);
  try {
    const handle = async (record: PrintableRecord) => {
      if (await print(record)) stop();
    };
    const handlers = Object.fromEntries(topics.map(({ name }) => [name, handle]));
    await consumer.run(handlers, { concurrency: 1, signal: enough.signal });
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
    await consumer.close();
  }
}

const hasReadAll = (consumer: Consumer<RawTopic>): boolean => {
  const { membership, partitions } = consumer.health();
  return membership === "stable" && partitions.every(({ lag }) => lag === 0n);
};
