import { readFileSync } from "node:fs";
import { get, type RequestOptions } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Broker } from "@ottla/broker";
import { bytes, Kafka, topic } from "@ottla/client";
import { type Schema, SchemaRegistry } from "@ottla/schema-registry";
import { RegistryServer, type RegistryServerOptions } from "@ottla/schema-registry/server";
import * as prometheus from "prom-client";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { freePort } from "../kit/free-port.js";
import { temporaryFolder } from "../kit/temporary-folder.js";

async function startBroker(): Promise<Broker> {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  return broker;
}

async function startRegistry(options: RegistryServerOptions): Promise<RegistryServer> {
  const server = await RegistryServer.start({ port: 0, ...options });
  cleanup(() => server.close());
  return server;
}

const clientOf = ({ url }: RegistryServer) => new SchemaRegistry(url, { retries: 0 });

const record = (...fields: readonly string[]): Schema => ({
  schema: JSON.stringify({
    type: "record",
    name: "Order",
    fields: fields.map((name) => ({ name, type: "string", default: "" })),
  }),
});

/** Keys and values of `_schemas`, as text. */
async function recordsOf(bootstrap: string): Promise<readonly (readonly [string, string | null])[]> {
  const kafka = new Kafka({ brokers: [bootstrap] });
  const found: [string, string | null][] = [];
  const reader = kafka.reader({ topics: [topic("_schemas", { value: bytes(), tombstones: true })], until: "end" });
  for await (const { rawKey, rawValue } of reader) found.push([String(rawKey), rawValue && String(rawValue)]);
  await kafka.close();
  return found;
}

async function writeRecords(bootstrap: string, records: readonly (readonly [string, string | null])[]): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap] });
  const producer = kafka.producer();
  for (const [key, value] of records) {
    const raw = { topic: "_schemas", key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
    await producer.sendRaw({ ...raw, headers: [] });
  }
  await kafka.close();
}

/** Another broker, with what compaction would leave of `_schemas`: the last record of each key. */
async function compactedCopy(bootstrap: string): Promise<string> {
  const records = await recordsOf(bootstrap);
  const lastOf = new Map(records.map(([key], index) => [key, index]));
  const copy = await startBroker();
  await (await startRegistry({ bootstrap: copy.bootstrap })).close();
  await writeRecords(
    copy.bootstrap,
    records.filter(([key], index) => lastOf.get(key) === index),
  );
  return copy.bootstrap;
}

describe("a registry on a cluster", () => {
  it("keeps schemas as Confluent's records, and finds them again when it starts anew", async () => {
    const { bootstrap } = await startBroker();
    const first = await startRegistry({ bootstrap });
    const registry = clientOf(first);
    const id = await registry.register("orders-value", record("a"));
    await registry.setCompatibility("FULL", "orders-value");
    await registry.deleteSubject("orders-value");
    await first.close();
    const [{ schema }] = [record("a")];
    expect((await recordsOf(bootstrap)).filter(([key]) => !key.includes("NOOP"))).toEqual([
      [
        '{"keytype":"SCHEMA","subject":"orders-value","version":1,"magic":1}',
        JSON.stringify({
          subject: "orders-value",
          version: 1,
          id,
          schemaType: "AVRO",
          schema: canonical(schema),
          deleted: false,
        }),
      ],
      [
        '{"keytype":"CONFIG","subject":"orders-value","magic":0}',
        '{"subject":"orders-value","compatibilityLevel":"FULL"}',
      ],
      ['{"keytype":"DELETE_SUBJECT","subject":"orders-value","magic":0}', '{"subject":"orders-value","version":1}'],
    ]);
    const second = clientOf(await startRegistry({ bootstrap }));
    expect(await second.subjects()).toEqual([]);
    expect(await second.subjects({ deleted: true })).toEqual(["orders-value"]);
    expect(await second.compatibility("orders-value")).toBe("FULL");
    expect(await second.register("other", record("b"))).toBe(id + 1);
  });

  it("reads what another registry wrote, in any member order, and passes over what it does not know", async () => {
    const { bootstrap } = await startBroker();
    await (await startRegistry({ bootstrap })).close();
    const order = '{"type":"record","name":"Order","fields":[]}';
    const value = (more: object) =>
      JSON.stringify({ subject: "s", version: 1, schema: order, deleted: false, ...more });
    await writeRecords(bootstrap, [
      ['{"magic":0,"version":1,"subject":"s","keytype":"SCHEMA"}', value({ id: 41, md5: "x", metadata: null })],
      ['{"keytype":"SCHEMA","subject":"t","version":1,"magic":1}', value({ id: "none" })],
      ['{"keytype":"CONTEXT","tenant":"default","context":".","magic":0}', '{"tenant":"default","context":"."}'],
      ['{"keytype":"MODE","subject":null,"magic":0}', '{"mode":"IMPORT"}'],
      ['{"keytype":"MODE","subject":null,"magic":0}', null],
      ["not JSON", null],
    ]);
    const registry = clientOf(await startRegistry({ bootstrap }));
    expect(await registry.subjects()).toEqual(["s"]);
    expect(await registry.register("u", { schema: order })).toBe(41);
    expect(await registry.register("u", record("a"))).toBe(42);
  });

  it("lets nothing come back that stood under a key spelled otherwise", async () => {
    const { bootstrap } = await startBroker();
    await (await startRegistry({ bootstrap })).close();
    const value = JSON.stringify({ subject: "s", version: 1, id: 7, schema: '"int"', deleted: true });
    await writeRecords(bootstrap, [
      ['{"subject":"s","version":1,"magic":1,"keytype":"SCHEMA"}', value],
      ['{"keytype":"CONFIG","subject":null,"magic":0}', '{"compatibilityLevel":"FULL"}'],
    ]);
    const registry = clientOf(await startRegistry({ bootstrap }));
    expect(await registry.compatibility()).toBe("FULL");
    await registry.setCompatibility("NONE");
    expect(await registry.deleteSubject("s", { permanent: true })).toEqual([1]);
    // Compaction drops tombstones in time, and what they are for with them: under our keys, and under the others'.
    const records = await recordsOf(await compactedCopy(bootstrap));
    const left = records.filter(([key, one]) => one !== null && !key.includes("NOOP"));
    expect(left).toEqual([['{"keytype":"CONFIG","magic":0}', '{"compatibilityLevel":"NONE"}']]);
  });

  it("decides what comes together together: one id for a content, each refusal for itself", async () => {
    const { bootstrap } = await startBroker();
    const registry = clientOf(await startRegistry({ bootstrap }));
    await registry.register("taken", { schema: '"int"' });
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 40 }, (_, index) => registry.register(`s${index % 20}`, record(`f${index % 10}`))),
      registry.register("taken", { schema: '"string"' }),
    ]);
    expect(outcomes.at(-1)).toMatchObject({
      status: "rejected",
      reason: { message: expect.stringContaining("incompatible") },
    });
    const ids = outcomes.slice(0, -1).map((one) => (one.status === "fulfilled" ? one.value : undefined));
    for (const [index, id] of ids.entries()) expect(id).toBe(ids[index % 10]);
    expect([...new Set(ids)].toSorted((a, b) => Number(a) - Number(b))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for (let at = 0; at < 20; at += 1) expect(await registry.versions(`s${at}`)).toEqual([1]);
  });

  it("keeps ids and versions apart where two registries write to one topic", async () => {
    const { bootstrap } = await startBroker();
    const servers = [await startRegistry({ bootstrap }), await startRegistry({ bootstrap })];
    const clients = servers.map(clientOf);
    await clients[0]?.setCompatibility("NONE");
    const answers = await Promise.all(
      Array.from({ length: 80 }, async (_, index) => {
        const schema = record(`f${index % 20}`);
        const subject = `s${index % 4}`;
        return { subject, schema, id: (await clients[Math.floor(index / 4) % 2]?.register(subject, schema)) ?? 0 };
      }),
    );
    const last = clientOf(await startRegistry({ bootstrap }));
    const compacted = clientOf(await startRegistry({ bootstrap: await compactedCopy(bootstrap) }));
    for (const registry of [...clients, last, compacted]) {
      for (const { subject, schema, id } of answers) {
        expect(canonical((await registry.schemaById(id)).schema)).toBe(canonical(schema.schema));
        expect((await registry.lookup(subject, schema)).id).toBe(id);
      }
      for (const subject of ["s0", "s1", "s2", "s3"]) {
        const versions = await registry.versions(subject);
        expect(versions).toEqual(Array.from({ length: 5 }, (_, index) => index + 1));
      }
    }
    expect(new Set(answers.map(({ id }) => id)).size).toBe(20);
  });

  it.each([
    { title: "several partitions", partitions: 3, config: { "cleanup.policy": "compact" }, reason: "has 3 partitions" },
    { title: "deletion", partitions: 1, config: { "cleanup.policy": "delete" }, reason: "cleanup.policy=delete" },
  ])("refuses a topic with $title", async ({ partitions, config, reason }) => {
    const { bootstrap } = await startBroker();
    const kafka = new Kafka({ brokers: [bootstrap] });
    await kafka.admin().topics.create([{ name: "_schemas", partitions, config }]);
    await kafka.close();
    const start = RegistryServer.start({ bootstrap, port: 0 });
    await expect(start).rejects.toThrow(reason);
    await expect(start).rejects.toMatchObject({ name: "RegistryStartError", code: "UNFIT_TOPIC" });
  });

  it("says so when no broker answers, or the port is taken", async () => {
    const unreachable = RegistryServer.start({
      bootstrap: `127.0.0.1:${await freePort()}`,
      port: 0,
      startTimeoutMs: 300,
    });
    await expect(unreachable).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    const { port } = await startRegistry({ memory: true });
    await expect(RegistryServer.start({ memory: true, port })).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    await expect(RegistryServer.start({ memory: true, bootstrap: "a:1" } as never)).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });

  it("refuses writes in time while the broker is away, goes on reading, and writes again when it is back", async () => {
    const options = { dataDir: temporaryFolder("registry"), port: await freePort() };
    const broker = await Broker.start(options);
    const server = await startRegistry({ bootstrap: broker.bootstrap, timeoutMs: 300 });
    const registry = clientOf(server);
    const id = await registry.register("a", record("a"));
    await broker.close();
    const before = performance.now();
    const refused = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => registry.register("a", record(`f${index}`))),
    );
    expect(performance.now() - before).toBeLessThan(3_000);
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ reason: { retriable: true, errorCode: expect.toSatisfy(isStoreError) } });
    }
    expect(await clientOf(server).schemaById(id)).toMatchObject({ schema: canonical(record("a").schema) });
    expect(await registry.versions("a")).toEqual([1]);
    const again = await Broker.start(options);
    cleanup(() => again.close());
    await eventually(() => registry.register("a", record("a", "b")).then(Boolean));
    const versions = await registry.versions("a");
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  });
});

describe("a registry's HTTP server", () => {
  it("lets in who knows a password or a token", async () => {
    const auth = { users: { ci: "p:w" }, tokens: ["t"] };
    const { url } = await startRegistry({ memory: true, auth });
    const ask = (given?: { username: string; password: string } | { token: string }) =>
      new SchemaRegistry(url, { retries: 0, ...(given !== undefined && { auth: given }) }).subjects();
    expect(await ask({ username: "ci", password: "p:w" })).toEqual([]);
    expect(await ask({ token: "t" })).toEqual([]);
    for (const wrong of [undefined, { username: "ci", password: "x" }, { token: "" }, { token: "ci:p:w" }])
      await expect(ask(wrong)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("refuses a body that is too long, whether it says so or not", async () => {
    const { url } = await startRegistry({ memory: true, maxBodyBytes: 1_000 });
    const post = (body: string | ReadableStream) =>
      fetch(`${url}/subjects/a/versions`, {
        method: "POST",
        body,
        duplex: "half",
        headers: { "content-type": "application/json" },
      } as RequestInit);
    const long = JSON.stringify({ schema: "x".repeat(2_000) });
    expect((await post(long)).status).toBe(413);
    expect((await post(new Blob([long]).stream())).status).toBe(413);
  });

  it("takes subjects with any letters", async () => {
    const registry = clientOf(await startRegistry({ memory: true }));
    for (const subject of ["a/b%2Fc", "ü ?#&", ":.ctx:x", "google/type/date.proto"]) {
      await registry.register(subject, record("a"));
      expect(await registry.versions(subject)).toEqual([1]);
    }
  });

  it("speaks TLS, and to those alone whose certificate it knows where that is asked for", async () => {
    const ca = certificate("ca");
    const tls = { cert: certificate("broker"), key: certificate("broker.key") };
    const { url } = await startRegistry({ memory: true, tls });
    expect(url).toMatch(/^https:/);
    expect(await statusOverTls(`${url}/subjects`, { ca })).toBe(200);
    const mutual = await startRegistry({ memory: true, tls: { ...tls, clientCa: ca } });
    await expect(statusOverTls(`${mutual.url}/subjects`, { ca })).rejects.toThrow();
    const own = { cert: certificate("client"), key: certificate("client.key") };
    expect(await statusOverTls(`${mutual.url}/subjects`, { ca, ...own })).toBe(200);
    const wrong = RegistryServer.start({ memory: true, port: 0, tls: { ...tls, cert: "no" } });
    await expect(wrong).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("counts requests by their routes, and tells how it is without a password", async () => {
    const { url } = await startRegistry({ memory: true, prometheus, auth: { users: { ci: "x" } } });
    const registry = new SchemaRegistry(url, { retries: 0, auth: { username: "ci", password: "x" } });
    await registry.register("a", record("a"));
    await registry.versions("a");
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const authorization = `Basic ${Buffer.from("ci:x").toString("base64")}`;
    const answer = await fetch(`${url}/metrics`, { headers: { authorization } });
    expect(answer.headers.get("content-type")).toContain("text/plain");
    const text = await answer.text();
    const labels = 'method="GET",route="/subjects/:subject/versions",status="200"';
    expect(text).toContain(`ottla_registry_requests_total{${labels}} 1`);
    expect(text).toContain("ottla_registry_subjects 1");
    expect(await (await fetch(`${url}/live`)).json()).toEqual({ status: "live" });
    expect(await (await fetch(`${url}/ready`)).json()).toEqual({ status: "ready", leader: "self" });
  });

  it("answers what was begun before it closes", async () => {
    const { bootstrap } = await startBroker();
    const server = await startRegistry({ bootstrap });
    const registry = clientOf(server);
    const begun = Promise.all(Array.from({ length: 20 }, (_, index) => registry.register(`s${index}`, record("a"))));
    await eventually(async () => (await recordsOf(bootstrap)).length > 3);
    await server.close();
    expect(new Set(await begun)).toEqual(new Set([1]));
    await expect(registry.subjects()).rejects.toMatchObject({ code: "REGISTRY_UNREACHABLE" });
  });
});

const fixtures = fileURLToPath(new URL("../../packages/client/src/security/fixtures/", import.meta.url));
const certificate = (name: string): string => readFileSync(join(fixtures, `${name}.pem`), "utf8");

const statusOverTls = (url: string, options: RequestOptions): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { ...options, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });

const canonical = (schema: string): string => JSON.stringify(JSON.parse(schema));
const isStoreError = (code: number): boolean => code === 50_001 || code === 50_002;
