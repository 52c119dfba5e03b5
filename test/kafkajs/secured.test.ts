import { connect } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { Broker } from "@ottla/broker";
import { Kafka, KafkaJSNonRetriableError, logLevel } from "@ottla/kafkajs";
import { describe, expect, it } from "vitest";
import { certificate } from "../../packages/client/src/security/certificates.test-kit.js";
import { cleanup } from "../kit/cleanup.js";
import { freePort } from "../kit/free-port.js";

/** A broker that is reached over TLS alone. Answers where. */
async function secured(options: TlsOptions = {}): Promise<string> {
  const [outside, inside] = [await freePort(), await freePort()];
  const broker = await Broker.start({
    memory: true,
    port: inside,
    advertised: { host: "localhost", port: outside },
  });
  cleanup(() => broker.close());
  const pair = { cert: certificate("broker"), key: certificate("broker.key"), ca: certificate("ca") };
  const server = createServer({ ...pair, ...options }, (outer) => {
    const inner = connect(inside, "127.0.0.1");
    for (const socket of [outer, inner]) socket.on("error", () => {});
    outer.on("close", () => inner.destroy());
    inner.on("close", () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  server.on("tlsClientError", () => {});
  cleanup(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  await new Promise<void>((resolve) => void server.listen(outside, "127.0.0.1", () => resolve()));
  return `localhost:${outside}`;
}

const quick = { logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 5_000 };

describe("ssl", () => {
  it("of kafkajs speaks to a broker over TLS: messages are sent, and read in a group", async () => {
    const kafka = new Kafka({
      brokers: [await secured()],
      logLevel: logLevel.NOTHING,
      ssl: { ca: [certificate("ca")] },
    });
    const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: "g" })];
    await producer.connect();
    await producer.send({ topic: "a", messages: [{ key: "k", value: "v" }] });
    await producer.disconnect();
    await consumer.connect();
    await consumer.subscribe({ topics: ["a"], fromBeginning: true });
    const value = new Promise<string>((resolve) => {
      void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
    });
    expect(await value).toBe("v");
    await consumer.disconnect();
  });

  it("shows its certificate to a broker that asks, given as kafkajs takes it, alone or in a list", async () => {
    const brokers = [await secured({ requestCert: true, rejectUnauthorized: true })];
    const [ca, cert, key] = [certificate("ca"), certificate("client"), certificate("client.key")];
    for (const ssl of [
      { ca, cert, key },
      { ca: [ca], cert: [Buffer.from(cert)], key: [key] },
    ]) {
      const admin = new Kafka({ ...quick, brokers, ssl }).admin();
      await admin.connect();
      expect(await admin.listTopics()).toEqual([]);
      await admin.disconnect();
    }
  });

  it.each([
    { title: "an authority that is not trusted", ssl: true as const },
    { title: "another name", ssl: { ca: certificate("ca"), servername: "somebody.else" } },
  ])("does not connect: $title", async ({ ssl }) => {
    const brokers = [await secured()];
    const admin = new Kafka({ ...quick, brokers, ssl }).admin();
    const refused = await admin.connect().catch((error: unknown) => error);
    expect((refused as Error).message).toMatch(/certificate|authority|TLS|altname/i);
  });

  it("refuses what nothing would come of", () => {
    const given = { brokers: ["localhost:1"], logLevel: logLevel.NOTHING };
    expect(() => new Kafka({ ...given, ssl: { minVersion: "TLSv1.3" } as never })).toThrow(KafkaJSNonRetriableError);
    expect(() => new Kafka({ ...given, ssl: { cert: ["one", "two"] } })).toThrow(
      "ssl.cert: one text or Buffer is needed",
    );
  });
});
