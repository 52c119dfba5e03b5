import type { BenchCase } from "../case.js";
import type { ClientName, Work } from "./client-program.js";
import { type ClientAim, contest, type Participant } from "./contest.js";
import { brokerServer, sinkServer, type TestServer, typedSinkServer } from "./test-server.js";

const seconds = 1.5;
const peers: readonly ClientName[] = ["platformatic", "kafkajs", "rdkafka"];
const figure = "records/s";

const each = (clients: readonly ClientName[], work: Work): Record<string, Participant> =>
  Object.fromEntries(clients.map((client) => [client, { client, work }]));

/** One case against the sink, where the client is what is measured, and one against a broker. */
const both = (
  name: string,
  { sink = sinkServer, broker = brokerServer, ...options }: ContestOptions,
): [string, BenchCase][] => [
  [`client/${name}/sink`, contest({ ...options, serve: () => sink() })],
  [`client/${name}/broker`, contest({ ...options, what: `${options.what}, on a broker`, serve: () => broker() })],
];

interface ContestOptions {
  readonly what: string;
  readonly participants: Readonly<Record<string, Participant>>;
  readonly aims: readonly ClientAim[];
  readonly sink?: () => Promise<TestServer>;
  readonly broker?: () => Promise<TestServer>;
}

const callers: Work = { kind: "callers", callers: 1_000, bytes: 100, seconds };
const serial: Work = { kind: "callers", callers: 1, bytes: 100, seconds };
const batches: Work = { kind: "callers", callers: 5, batchRecords: 100, bytes: 1024, seconds };
const typedBatches: Work = { kind: "callers", callers: 5, batchRecords: 100, seconds };

const consumed = (recordBytes: number, records: number) =>
  both(`consume/${recordBytes}B`, {
    what: `${recordBytes} B records read by the only member of a group, one by one; ours checks every checksum`,
    participants: each(["ottla", ...peers], { kind: "consume", seconds, records }),
    aims: [{ figure, of: "ottla", over: ["platformatic"], aim: ">= 1.0" }],
    sink: () => sinkServer(recordBytes),
    broker: () => brokerServer({ records, recordBytes }),
  });

/** The clients on the same machine, under the same load, against the same server. */
export const clientCases: Readonly<Record<string, BenchCase>> = Object.fromEntries([
  ...both("send", {
    what: "plain send() of 100 B by 1,000 callers that each await it; rdkafka without waiting, each record reported, linger 5 ms",
    participants: {
      ...each(["ottla", "platformatic", "kafkajs"], callers),
      "rdkafka pipelined": { client: "rdkafka", work: { kind: "pipelined", bytes: 100, seconds } },
    },
    aims: [
      { figure, of: "ottla", over: ["platformatic"], aim: ">= 8" },
      { figure, of: "ottla", over: ["rdkafka pipelined"], aim: ">= 1.0" },
    ],
  }),
  ...both("serial", {
    what: "send() of 100 B, each awaited before the next",
    participants: each(["ottla", ...peers], serial),
    aims: [{ figure, of: "ottla", over: peers, aim: ">= 1.0" }],
  }),
  ...both("batches", {
    what: "100 records of 1 KiB per call, five callers",
    participants: each(["ottla", ...peers], batches),
    aims: [{ figure, of: "ottla", over: ["platformatic"], aim: ">= 1.3" }],
  }),
  ...consumed(100, 3_000_000),
  ...consumed(1024, 500_000),
  [
    "client/avro/produce",
    contest({
      what: "typed orders, 100 per call, five callers, beside kafkajs with its registry client",
      serve: typedSinkServer,
      participants: each(["ottla", "kafkajs"], typedBatches),
      aims: [{ figure, of: "ottla", over: ["kafkajs"], aim: ">= 3" }],
    }),
  ],
  [
    "client/avro/consume",
    contest({
      what: "typed orders read by the only member of a group, one by one, beside kafkajs with its registry client",
      serve: typedSinkServer,
      participants: {
        ottla: { client: "ottla", work: { kind: "consume", seconds } },
        "kafkajs eachMessage": { client: "kafkajs", work: { kind: "consume", seconds, each: "message" } },
        "kafkajs eachBatch": { client: "kafkajs", work: { kind: "consume", seconds } },
      },
      aims: [
        { figure, of: "ottla", over: ["kafkajs eachMessage"], aim: ">= 3" },
        { figure, of: "ottla", over: ["kafkajs eachBatch"], aim: ">= 3" },
      ],
    }),
  ],
  [
    "client/memory/produce",
    contest({
      what: "resident memory at the end of 3 s of 5,000 send() of 100 B a second, processes begun anew",
      serve: () => brokerServer(),
      participants: each(["ottla", ...peers], { kind: "steady", perSecond: 5_000, seconds: 3, bytes: 100 }),
      aims: [{ figure: "peak RSS MB", of: "ottla", over: peers, aim: "<= 1.0" }],
      fresh: true,
    }),
  ],
  [
    "client/memory/consume",
    contest({
      what: "resident memory after 200,000 records of 1 KiB were read, processes begun anew",
      serve: () => brokerServer({ records: 200_000, recordBytes: 1024 }),
      participants: each(["ottla", ...peers], { kind: "consume", records: 200_000 }),
      aims: [{ figure: "peak RSS MB", of: "ottla", over: peers, aim: "<= 1.0" }],
      fresh: true,
    }),
  ],
]);
