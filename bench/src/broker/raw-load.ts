import { apis, decodeResponse, type ProduceResponse, RecordBatchBuilder } from "@ottla/protocol";
import { Latencies } from "./latencies.js";
import { requestFrame, WireConnection } from "./wire-connection.js";

// The last versions that go by topic name in both brokers.
const produceVersion = 9;
const fetchVersion = 12;
const notLeader = 6;

/** One Produce request with one batch, `acks=all`, to be sent again and again. */
export interface ProduceFrame {
  readonly bytes: Buffer;
  readonly records: number;
}

export function produceFrame(
  topic: string,
  { partition = 0, records, recordBytes }: { partition?: number; records: number; recordBytes: number },
): ProduceFrame {
  const builder = new RecordBatchBuilder();
  const value = Buffer.alloc(recordBytes, "x");
  const timestamp = Date.now();
  for (let index = 0; index < records; index += 1) builder.add({ key: null, value, timestamp });
  const bytes = requestFrame(apis.Produce, produceVersion, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: builder.build() }] }],
  });
  return { bytes, records };
}

export async function createTopic(port: number, name: string, partitions = 1, configs: Settings = {}): Promise<void> {
  const connection = await WireConnection.connect(port);
  const { topics } = await connection.request(apis.CreateTopics, 7, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
      },
    ],
    timeoutMs: 60_000,
  });
  for (const { errorCode, errorMessage } of topics) {
    if (errorCode !== 0) throw new Error(`CreateTopics: ${errorCode} ${errorMessage}`);
  }
  // Kafka answers before its partitions lead.
  for (;;) {
    const { topics: found } = await connection.request(apis.Metadata, 12, { topics: [{ name }] });
    const isLed = found.every((each) => each.errorCode === 0 && each.partitions.every(({ leaderId }) => leaderId >= 0));
    if (isLed && found[0]?.partitions.length === partitions) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  connection.close();
}

type Settings = Readonly<Record<string, string>>;

/** Sends `count` frames, so many of them unanswered at a time; resolves with the seconds that it took. */
export async function produceFlatOut(
  port: number,
  frames: readonly ProduceFrame[],
  { count, window }: { readonly count: number; readonly window: number },
): Promise<number> {
  const connection = await WireConnection.connect(port);
  const before = performance.now();
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const sendNext = () => {
      const frame = frames[sent % frames.length];
      if (sent === count || frame === undefined) return;
      sent += 1;
      connection.exchange(frame.bytes, onAnswer, reject);
    };
    const onAnswer = (frame: Buffer) => {
      const refused = refusedCode(frame);
      if (refused !== undefined) reject(new Error(`Produce: ${refused}`));
      answered += 1;
      if (answered === count) resolve();
      else sendNext();
    };
    for (let index = 0; index < window; index += 1) sendNext();
  });
  connection.close();
  return (performance.now() - before) / 1000;
}

/**
 * Sends frames at given times whether or not answers came, and counts each one's latency from when it was to be sent, so that
 * a stall counts for all that it held up.
 */
export async function produceAtRate(
  port: number,
  frames: readonly ProduceFrame[],
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<{ readonly answers: Latencies; readonly lag: Latencies }> {
  const connection = await WireConnection.connect(port);
  const answers = new Latencies();
  const lag = new Latencies();
  const count = Math.round(perSecond * seconds);
  await new Promise<void>((resolve, reject) => {
    let answered = 0;
    everyTick(perSecond, count, (due, index) => {
      const frame = frames[index % frames.length];
      if (frame === undefined) return;
      lag.add(performance.now() - due);
      connection.exchange(
        frame.bytes,
        (answer) => {
          const refused = refusedCode(answer);
          if (refused !== undefined) reject(new Error(`Produce: ${refused}`));
          answers.add(performance.now() - due);
          answered += 1;
          if (answered === count) resolve();
        },
        reject,
      );
    });
  });
  connection.close();
  return { answers, lag };
}

/** Calls `work` so many times a second with the time each call is due. */
export function everyTick(perSecond: number, count: number, work: (due: number, index: number) => void): void {
  const begin = performance.now() + 5;
  let index = 0;
  const turn = () => {
    for (;;) {
      if (index === count) return;
      const due = begin + (index * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 0) {
        // A timer comes up to a millisecond late, so the last one is waited for awake.
        if (wait > 1.5) setTimeout(turn, wait - 1);
        else setImmediate(turn);
        return;
      }
      work(due, index);
      index += 1;
    }
  };
  turn();
}

/** Fetches partition 0 from its start, one request after the other, until `bytes` came; resolves with the seconds. */
export async function fetchAll(port: number, topic: string, bytes: number): Promise<number> {
  const connection = await WireConnection.connect(port);
  const before = performance.now();
  let offset = 0;
  let got = 0;
  while (got < bytes) {
    const { responses } = await connection.request(apis.Fetch, fetchVersion, {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 50 * 1024 * 1024,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1024 * 1024 }] }],
    });
    const partition = responses[0]?.partitions[0];
    // Kafka says in Metadata that it leads a moment before it does.
    if (partition?.errorCode === notLeader) continue;
    if (partition === undefined || partition.errorCode !== 0) throw new Error(`Fetch: ${partition?.errorCode}`);
    const records = partition.records ?? Buffer.alloc(0);
    got += records.length;
    offset = endOf(Buffer.from(records.buffer, records.byteOffset, records.byteLength), offset);
  }
  connection.close();
  return (performance.now() - before) / 1000;
}

/** One past the last offset of the whole batches, by their headers. */
function endOf(batches: Buffer, from: number): number {
  let end = from;
  for (let at = 0; at + 27 <= batches.length; ) {
    const size = batches.readInt32BE(at + 8) + 12;
    if (at + size > batches.length) break;
    end = Number(batches.readBigInt64BE(at)) + batches.readInt32BE(at + 23) + 1;
    at += size;
  }
  return end;
}

function refusedCode(frame: Buffer): number | undefined {
  const response: ProduceResponse = decodeResponse(apis.Produce, produceVersion, frame);
  return response.responses
    .flatMap(({ partitionResponses }) => partitionResponses)
    .find(({ errorCode }) => errorCode !== 0)?.errorCode;
}
