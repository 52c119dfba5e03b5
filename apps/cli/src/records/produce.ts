import type { Kafka, Producer } from "@ottla/client";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import type { AvroOptions, LineEncoder } from "./avro-lines.js";
import { keyAt, type Line, linesOf, parseLine } from "./ndjson.js";

interface ProduceOptions extends ClusterOptions, Omit<AvroOptions, "schema"> {
  readonly schema?: string;
  readonly keyField?: string;
  readonly create?: true;
  readonly partitions?: number;
  readonly compression: "none" | "gzip" | "snappy" | "lz4" | "zstd";
}

/** As many sends may be unanswered; the producer's own byte budget holds the rest back. */
const mostUnanswered = 10_000;
const largestLineBytes = 64 * 1024 * 1024;
const progressEvery = 5_000;

/** `ottla produce`: a line of input is a record's value, byte for byte, or with `--schema` its JSON in Avro. */
export async function produce(terminal: Terminal, topic: string, options: ProduceOptions): Promise<void> {
  const encode = await encoderOf(topic, options, terminal.signal);
  await withKafka(terminal, options, async (kafka) => {
    await requireTopic(kafka, topic, options, terminal.signal);
    const producer = kafka.producer({ compression: options.compression, signal: terminal.signal });
    const written = await new LineProducer(terminal, producer, { topic, keyField: options.keyField, encode }).run();
    await producer.close();
    terminal.progress("");
    if (options.json) await terminal.write(jsonLine({ topic, ...written }));
    else terminal.note(`${written.records} records, ${written.bytes} bytes written to ${topic}`);
  });
}

async function encoderOf(
  topic: string,
  { schema, ...options }: ProduceOptions,
  signal: AbortSignal,
): Promise<LineEncoder | undefined> {
  if (schema === undefined) return undefined;
  const { avroLines } = await import("./avro-lines.js");
  return avroLines(topic, { ...options, schema }, signal);
}

async function requireTopic(kafka: Kafka, topic: string, options: ProduceOptions, signal: AbortSignal): Promise<void> {
  const admin = kafka.admin();
  const [found] = await admin.topics.describe([topic], { signal });
  if (found?.error === undefined) return;
  if (!options.create) {
    throw new CommandError(found.error.message, {
      hint: "--create creates it; `ottla topics list` shows what there is.",
    });
  }
  const [created] = await admin.topics.create([{ name: topic, partitions: options.partitions }], { signal });
  if (created?.error !== undefined && created.error.code !== "TOPIC_ALREADY_EXISTS") throw created.error;
}

interface LineSettings {
  readonly topic: string;
  readonly keyField: string | undefined;
  readonly encode: LineEncoder | undefined;
}

class LineProducer {
  readonly #terminal: Terminal;
  readonly #producer: Producer;
  readonly #settings: LineSettings;
  #unanswered = 0;
  #answered: () => void = () => {};
  #failure: CommandError | undefined;
  #records = 0;
  #bytes = 0;

  constructor(terminal: Terminal, producer: Producer, settings: LineSettings) {
    this.#terminal = terminal;
    this.#producer = producer;
    this.#settings = settings;
  }

  async run(): Promise<{ readonly records: number; readonly bytes: number }> {
    for await (const line of linesOf(this.#terminal.input, largestLineBytes)) {
      if (this.#failure !== undefined) break;
      const { key, value } = this.#recordOf(line);
      this.#send(line.number, key, value);
      await this.#below(mostUnanswered);
    }
    await this.#below(1);
    if (this.#failure !== undefined) throw this.#failure;
    return { records: this.#records, bytes: this.#bytes };
  }

  #recordOf(line: Line): { readonly key: Buffer | null; readonly value: Buffer } {
    const { keyField, encode } = this.#settings;
    if (keyField === undefined && encode === undefined) return { key: null, value: line.bytes };
    const document = parseLine(line);
    return {
      key: keyField === undefined ? null : keyAt(document, keyField, line.number),
      value: encode === undefined ? line.bytes : encode(document, line.number),
    };
  }

  /** Resolves when fewer than `limit` records are unanswered. */
  async #below(limit: number): Promise<void> {
    while (this.#unanswered >= limit) {
      await new Promise<void>((resolve) => {
        this.#answered = resolve;
      });
    }
  }

  #send(line: number, key: Buffer | null, value: Buffer): void {
    this.#unanswered += 1;
    void this.#producer
      .sendRaw({ topic: this.#settings.topic, key, value, headers: [] })
      .then(
        () => {
          this.#records += 1;
          this.#bytes += value.length;
          if (this.#records % progressEvery === 0)
            this.#terminal.progress(`${this.#records} records, ${this.#bytes} bytes`);
        },
        (cause: Error) => {
          this.#failure ??= new CommandError(`line ${line}: ${cause.message}`, {
            hint: `${this.#records} records were written before it failed; lines close before it may be among them.`,
            cause,
          });
        },
      )
      .finally(() => {
        this.#unanswered -= 1;
        this.#answered();
      });
  }
}
