import { inspect } from "node:util";
import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { Connection } from "../network/connection.js";
import { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { string } from "../serde/string.js";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import type { SaslOptions } from "./sasl-options.js";
import { saslMechanism } from "./sasl-options.js";
import { ScriptedSasl } from "./scripted-sasl.test-kit.js";

const password = "open sesame";
const never = new AbortController().signal;
const heartbeat = { groupId: "g", generationId: 1, memberId: "m" };
const limits = {
  clientId: "test",
  connectTimeoutMs: 1_000,
  maxResponseBytes: 1e6,
  maxInFlightBytes: 1e6,
  maxWaiting: 100,
};

function setUp() {
  const world = new ManualWorld();
  const cluster = new ScriptedCluster(world.network);
  cluster.on(apis.Heartbeat, () => ({ errorCode: 0 }));
  const sasl = new ScriptedSasl(cluster);
  const connect = (options?: SaslOptions) =>
    world.finish(
      Connection.open(
        world,
        { ...limits, address: cluster.address(1), sasl: options && saslMechanism(options) },
        never,
      ),
    );
  return { world, cluster, sasl, connect };
}

describe("SASL", () => {
  it.each<{ title: string; options: SaslOptions }>([
    { title: "PLAIN", options: { mechanism: "PLAIN", username: "user", password } },
    {
      title: "PLAIN with a password that is asked for",
      options: { mechanism: "PLAIN", username: "user", password: async () => password },
    },
    { title: "SCRAM-SHA-256", options: { mechanism: "SCRAM-SHA-256", username: "user", password } },
    { title: "SCRAM-SHA-512", options: { mechanism: "SCRAM-SHA-512", username: "user", password: () => password } },
    { title: "OAUTHBEARER", options: { mechanism: "OAUTHBEARER", token: () => "open.sesame" } },
    {
      title: "OAUTHBEARER with extensions",
      options: { mechanism: "OAUTHBEARER", token: async () => ({ value: "open.sesame", extensions: { tenant: "a" } }) },
    },
    {
      title: "a mechanism of one's own",
      options: {
        mechanism: "OWN",
        authenticate: async ({ host, send }) => void (await send(Buffer.from(`it is me, ${host}`))),
      },
    },
  ])("is done before anything else, with $title", async ({ options }) => {
    const { cluster, sasl, connect } = setUp();
    sasl.enabled = [...sasl.enabled, "OWN"];
    const connection = await connect(options);
    await connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 100 });
    const seen = cluster.seen.map(({ api }) => api);
    expect(seen.slice(0, 3)).toEqual(["ApiVersions", "SaslHandshake", "SaslAuthenticate"]);
    expect(seen.at(-1)).toBe("Heartbeat");
    expect(cluster.requests(apis.SaslHandshake)[0]?.version).toBe(1);
  });

  it("sends names, tokens and extensions in the words of the mechanisms", async () => {
    const { sasl, connect } = setUp();
    await connect({ mechanism: "PLAIN", username: "user", password });
    const token = () => ({ value: "open.sesame", extensions: { tenant: "a b", trace: "1" } });
    await connect({ mechanism: "OAUTHBEARER", token });
    expect(sasl.messages).toEqual([
      "\0user\0open sesame",
      "n,,\u0001auth=Bearer open.sesame\u0001tenant=a b\u0001trace=1\u0001\u0001",
    ]);
  });

  it.each<{ title: string; options: SaslOptions; code: string; says: string }>([
    {
      title: "a wrong password",
      options: { mechanism: "PLAIN", username: "user", password: "s3cret" },
      code: "SASL_AUTHENTICATION_FAILED",
      says: "broker-1:9092: SASL PLAIN: Authentication failed: Invalid username or password",
    },
    {
      title: "a wrong password in SCRAM",
      options: { mechanism: "SCRAM-SHA-512", username: "user", password: "s3cret" },
      code: "SASL_AUTHENTICATION_FAILED",
      says: "Invalid username or password",
    },
    {
      title: "a token that the broker refuses",
      options: { mechanism: "OAUTHBEARER", token: () => "s3cret" },
      code: "SASL_AUTHENTICATION_FAILED",
      says: 'the broker refuses the token: {"status":"invalid_token"}',
    },
    {
      title: "a mechanism that the broker does not enable",
      options: { mechanism: "OWN", authenticate: async () => {} },
      code: "UNSUPPORTED_SASL_MECHANISM",
      says: "SASL OWN: the broker enables PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER",
    },
  ])("fails for good with $title, and never tells the secret", async ({ options, code, says }) => {
    const { world, connect } = setUp();
    const error = await connect(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "KafkaAuthenticationError", code, retriable: false, fatal: true });
    expect((error as Error).message).toContain(says);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("s3cret");
    await world.settle();
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  it("says of listeners without SASL, and of brokers without it, what they are", async () => {
    const { cluster, connect } = setUp();
    const plain: SaslOptions = { mechanism: "PLAIN", username: "user", password };
    cluster.on(apis.SaslHandshake, () => ({ errorCode: 34, mechanisms: [] }));
    await expect(connect(plain)).rejects.toThrow("this listener does not use SASL: another port, or no sasl option");
    cluster.versions.set("SaslHandshake", { minVersion: 9, maxVersion: 9 });
    await expect(connect(plain)).rejects.toThrow(
      "[UNSUPPORTED_SASL_MECHANISM] broker-1:9092: SASL PLAIN: the broker knows no SASL",
    );
  });

  it("does not wait for ever for a token, and takes a provider's failure for an outage", async () => {
    const { world, connect } = setUp();
    const token = (answer: () => Promise<string>): SaslOptions => ({ mechanism: "OAUTHBEARER", token: answer });
    const silent = connect(token(() => new Promise(() => {})));
    await expect(silent).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      message: expect.stringContaining("not done in 1000 ms"),
    });
    const away = connect(token(async () => Promise.reject(new Error("identity server is away"))));
    await expect(away).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      message: expect.stringContaining("server is away"),
    });
    await expect(connect(token(async () => "two\nlines"))).rejects.toThrow("the token is empty or not printable ASCII");
    expect(world.pendingTimers).toBe(0);
  });

  it("is renewed before the session ends, between what was in flight and what comes then", async () => {
    const { world, cluster, sasl, connect } = setUp();
    sasl.sessionLifetimeMs = 10_000;
    const connection = await connect({ mechanism: "SCRAM-SHA-256", username: "user", password });
    const send = (generationId: number) =>
      connection.send(apis.Heartbeat, 4, { ...heartbeat, generationId }, { timeoutMs: 5_000 });
    await world.advance(8_400);
    await world.finish(send(1));
    expect(sasl.handshakes).toBe(1);
    let answer = (): void => {};
    cluster.on(apis.Heartbeat, async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { errorCode: 0 };
    });
    const inFlight = send(2);
    await world.settle();
    cluster.on(apis.Heartbeat, () => ({ errorCode: 0 }));
    await world.advance(900);
    await world.advance(250);
    const later = [3, 4].map(send);
    await world.settle();
    expect(sasl.handshakes).toBe(1);
    answer();
    await world.finish(Promise.all([inFlight, ...later]));
    expect(sasl.handshakes).toBe(2);
    const seen = cluster.seen.map(({ api, body }) =>
      api === "Heartbeat" ? (body as { generationId: number }).generationId : api,
    );
    const again = ["SaslHandshake", "SaslAuthenticate", "SaslAuthenticate"];
    expect(seen).toEqual(["ApiVersions", ...again, 1, 2, ...again, 3, 4]);
    expect(connection.isOpen).toBe(true);
    expect(world.pendingTimers).toBe(0);
  });

  it("is renewed before a request that has no answer, too", async () => {
    const { world, cluster, sasl, connect } = setUp();
    sasl.sessionLifetimeMs = 10_000;
    const connection = await connect({ mechanism: "PLAIN", username: "user", password });
    await world.advance(9_600);
    const produce = { transactionalId: null, acks: 0, timeoutMs: 1, topicData: [] };
    await world.finish(Promise.all([1, 2].map(() => connection.sendUnanswered(apis.Produce, 9, produce))));
    await world.settle();
    expect(cluster.seen.map(({ api }) => api).slice(3)).toEqual([
      "SaslHandshake",
      "SaslAuthenticate",
      "Produce",
      "Produce",
    ]);
  });

  it("closes the connection when the broker does not let it go on, and says so of what waited", async () => {
    const { world, sasl, connect } = setUp();
    sasl.sessionLifetimeMs = 10_000;
    const connection = await connect({ mechanism: "PLAIN", username: "user", password });
    sasl.password = "changed meanwhile";
    await world.advance(9_600);
    const sent = connection.send(apis.Heartbeat, 4, heartbeat, { timeoutMs: 1_000 });
    await expect(world.finish(sent)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      wasSent: false,
      cause: { code: "SASL_AUTHENTICATION_FAILED" },
    });
    expect(connection.isOpen).toBe(false);
  });

  it("fails producers, consumers and admins at once, without trying for ever", async () => {
    const { world, cluster, sasl } = setUp();
    cluster.topic("orders", 1);
    const kafka = new Kafka({
      brokers: cluster.bootstrap,
      world,
      sasl: { mechanism: "SCRAM-SHA-256", username: "user", password: "s3cret" },
    });
    const orders = topic("orders", { key: string(), value: string() });
    const refused = { name: "KafkaAuthenticationError", code: "SASL_AUTHENTICATION_FAILED" };
    await expect(world.finish(kafka.admin().topics.list())).rejects.toMatchObject(refused);
    await expect(world.finish(kafka.producer().send(orders, { key: "k", value: "v" }))).rejects.toMatchObject(refused);
    const consumer = kafka.consumer({ groupId: "g", topics: [orders] });
    const read = (async () => {
      for await (const _ of consumer) break;
    })();
    await expect(world.finish(read)).rejects.toMatchObject(refused);
    expect(sasl.handshakes).toBeLessThan(10);
    expect(inspect(kafka, { depth: 10, showHidden: true })).not.toContain("s3cret");
    await world.finish(kafka.close());
  });

  it.each([
    { title: "an unknown mechanism", sasl: { mechanism: "GSSAPI" }, says: '"GSSAPI" is none of PLAIN' },
    { title: "no name", sasl: { mechanism: "PLAIN", password: "s3cret" }, says: "sasl.username: it is missing" },
    { title: "no password", sasl: { mechanism: "SCRAM-SHA-256", username: "u" }, says: "sasl.password: it is missing" },
    { title: "no token provider", sasl: { mechanism: "OAUTHBEARER", token: "s3cret" }, says: "sasl.token: a function" },
  ])("refuses options with $title at once", ({ sasl, says }) => {
    const make = () => new Kafka({ brokers: ["a:1"], sasl: sasl as never });
    expect(make).toThrow(says);
    expect(make).not.toThrow("s3cret");
  });
});
