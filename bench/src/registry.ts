import { Kafka } from "@ottla/client";
import { BrokerProcess, type Durability } from "./broker-process.js";
import type { BenchCase, Figures } from "./case.js";
import { HttpConnection } from "./http-connection.js";
import { RegistryProcess } from "./registry-process.js";

const schemas = 1_000;

/** A record schema whose text has about so many bytes; no two numbers give the same. */
function schemaOf(number: number, schemaBytes: number): string {
  const field = (index: number) => ({ name: `field_${number}_${index}`, type: "string" });
  const count = Math.max(1, Math.round((schemaBytes - 40) / 40));
  return JSON.stringify({ type: "record", name: "Load", fields: Array.from({ length: count }, (_, at) => field(at)) });
}

export const registryCases: Readonly<Record<string, BenchCase>> = {
  ...Object.fromEntries(
    [1, 16, 100].map((connections): [string, BenchCase] => [
      `registry/get-by-id/${connections}-connections`,
      {
        what: `GET /schemas/ids/{id} over ${connections} kept-alive connections, ${schemas} Avro schemas of 1 kB, registry and client sharing the machine`,
        runs: 5,
        run: () => withRegistry({ durability: "memory", schemas }, ({ port }) => getById(port, connections)),
      },
    ]),
  ),
  "registry/start/20000-schemas": {
    what: "from the start of the process to the first answer, with 20,000 schemas of 1 kB in the topic",
    runs: 3,
    run: () =>
      withRegistry({ durability: "os", schemas: 20_000 }, async ({ startedMs }) => ({
        "to first answer ms": startedMs,
      })),
  },
  ...Object.fromEntries(
    (["sync", "os", "memory"] as const).flatMap((durability) =>
      [1, 16].map((connections): [string, BenchCase] => [
        `registry/register/${durability}/${connections}-connections`,
        {
          what: `POST of new schemas of 1 kB in 100 subjects over ${connections} connections, broker with durability ${durability}, each answered when it is durable and read back`,
          runs: 3,
          run: () => withRegistry({ durability, schemas: 0 }, ({ port }) => register(port, connections)),
        },
      ]),
    ),
  ),
};

interface Setting {
  readonly durability: Durability;
  /** As many are in the topic before the registry starts. */
  readonly schemas: number;
}

async function withRegistry(
  { durability, schemas: count }: Setting,
  work: (started: { readonly port: number; readonly startedMs: number }) => Promise<Figures>,
): Promise<Figures> {
  const broker = await BrokerProcess.start(durability);
  await writeSchemas(broker.bootstrap, count);
  const before = performance.now();
  const registry = await RegistryProcess.start(broker.bootstrap);
  const startedMs = performance.now() - before;
  try {
    return await work({ port: registry.port, startedMs });
  } finally {
    await registry.stop();
    await broker.stop();
  }
}

/** Puts schemas where a registry keeps them: quicker than registering each. */
async function writeSchemas(bootstrap: string, count: number): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap] });
  await kafka.admin().topics.create([{ name: "_schemas", partitions: 1, config: { "cleanup.policy": "compact" } }]);
  const producer = kafka.producer();
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const subject = `subject-${index % 100}`;
      const version = 1 + Math.floor(index / 100);
      const key = { keytype: "SCHEMA", subject, version, magic: 1 };
      const value = { subject, version, id: index + 1, schema: schemaOf(index, 1_000), deleted: false };
      return producer.sendRaw({
        topic: "_schemas",
        key: Buffer.from(JSON.stringify(key)),
        value: Buffer.from(JSON.stringify(value)),
        headers: [],
      });
    }),
  );
  await kafka.close();
}

async function getById(port: number, connections: number): Promise<Figures> {
  const warm = (index: number) => ({ method: "GET", path: `/schemas/ids/${1 + (index % schemas)}`, body: "" });
  await spread(port, connections, 2_000, warm);
  const requests = 20_000;
  const before = performance.now();
  const latencies = await spread(port, connections, requests, warm);
  return rates("requests/s", requests, performance.now() - before, latencies);
}

async function register(port: number, connections: number): Promise<Figures> {
  await spread(port, connections, 50, registration);
  const requests = 500;
  const before = performance.now();
  const latencies = await spread(port, connections, requests, (index) => registration(index + 1_000));
  return rates("registrations/s", requests, performance.now() - before, latencies);
}

const registration = (index: number) => ({
  method: "POST",
  path: `/subjects/subject-${index % 100}/versions`,
  body: JSON.stringify({ schema: schemaOf(index, 1_000) }),
});

/** Sends so many requests over so many connections, each its next one when it has its answer. Answers how long each took. */
async function spread(
  port: number,
  connections: number,
  requests: number,
  requestOf: (index: number) => { readonly method: string; readonly path: string; readonly body: string },
): Promise<number[]> {
  const latencies: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    while (next < requests) {
      const { method, path, body } = requestOf(next);
      next += 1;
      const before = performance.now();
      await connection.request(method, path, body);
      latencies.push(performance.now() - before);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return latencies;
}

function rates(name: string, requests: number, elapsedMs: number, latencies: number[]): Figures {
  latencies.sort((a, b) => a - b);
  const at = (fraction: number) => latencies[Math.floor(latencies.length * fraction)] ?? Number.NaN;
  return { [name]: requests / (elapsedMs / 1000), "p50 ms": at(0.5), "p99 ms": at(0.99) };
}
