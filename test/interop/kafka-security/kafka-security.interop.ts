import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Kafka, type KafkaOptions, string, topic } from "@ottla/client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { ottla } from "../../../apps/cli/src/command.test-kit.js";
import { mavenFolder } from "../../kit/maven-folder.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { certificate, password, type SecuredKafka, startSecuredKafka } from "./secured-kafka.js";

const given = process.env.OTTLA_KAFKA_JARS;
const home = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const jars = given === undefined ? mavenFolder(home) : { classPath: `${given}/*` };
const ca = certificate("ca");
const client = { ca, cert: certificate("client"), key: certificate("client.key") };

/** An unsecured token (RFC 7515 without a signature), as Kafka's validator for development takes it. */
function unsecuredToken(lifetimeMs = 60_000): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Date.now() / 1_000;
  return `${part({ alg: "none" })}.${part({ sub: "ada", iat: now - 1, exp: now + lifetimeMs / 1_000 })}.`;
}

type Listener = Exclude<keyof SecuredKafka, "stop">;
type Security = Pick<KafkaOptions, "tls" | "sasl">;
const scram = (mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"): Security["sasl"] => ({
  mechanism,
  username: "ada",
  password,
});

describe.skipIf("missing" in jars)(
  `Apache Kafka with TLS and SASL${"missing" in jars ? `: ${jars.missing}` : ""}`,
  () => {
    let kafka: SecuredKafka;
    beforeAll(async () => {
      kafka = await startSecuredKafka("missing" in jars ? "" : jars.classPath);
    });
    afterAll(() => kafka?.stop());

    function connect(listener: Listener, security: Security, more: Partial<KafkaOptions> = {}): Kafka {
      const made = new Kafka({ brokers: [kafka[listener]], ...security, ...more });
      onTestFinished(() => made.close());
      return made;
    }

    it.each<{ title: string; listener: Listener; security: Security }>([
      { title: "mutual TLS", listener: "mutualTls", security: { tls: client } },
      { title: "TLS and PLAIN", listener: "saslSsl", security: { tls: { ca }, sasl: scram("PLAIN") } },
      { title: "TLS and SCRAM-SHA-256", listener: "saslSsl", security: { tls: { ca }, sasl: scram("SCRAM-SHA-256") } },
      { title: "TLS and SCRAM-SHA-512", listener: "saslSsl", security: { tls: { ca }, sasl: scram("SCRAM-SHA-512") } },
      { title: "PLAIN", listener: "saslPlaintext", security: { sasl: scram("PLAIN") } },
      { title: "SCRAM-SHA-256", listener: "saslPlaintext", security: { sasl: scram("SCRAM-SHA-256") } },
      { title: "SCRAM-SHA-512", listener: "saslPlaintext", security: { sasl: scram("SCRAM-SHA-512") } },
      {
        title: "OAUTHBEARER with extensions",
        listener: "saslPlaintext",
        security: {
          sasl: { mechanism: "OAUTHBEARER", token: () => ({ value: unsecuredToken(), extensions: { a: "b" } }) },
        },
      },
    ])("lets us produce and consume in a group with $title", async ({ title, listener, security }) => {
      const name = `orders-${title.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
      const contract = topic(name, { key: string(), value: string() });
      const secured = connect(listener, security);
      await secured.admin().topics.create([{ name, partitions: 1 }]);
      const producer = secured.producer();
      await Promise.all([1, 2, 3].map((n) => producer.send(contract, { key: "k", value: `${n}` })));
      const values: string[] = [];
      for await (const { value } of secured.consumer({ groupId: name, topics: [contract], from: "earliest" })) {
        values.push(value);
        if (values.length === 3) break;
      }
      expect(values).toEqual(["1", "2", "3"]);
    });

    it.each<{ title: string; sasl: () => Security["sasl"] }>([
      { title: "SCRAM-SHA-512", sasl: () => scram("SCRAM-SHA-512") },
      { title: "OAUTHBEARER", sasl: () => ({ mechanism: "OAUTHBEARER", token: () => unsecuredToken() }) },
    ])(
      "says again who it is before its sessions of two seconds end, and loses no connection, with $title",
      async ({ title, sasl }) => {
        const warnings: string[] = [];
        const warn = (message: string) => void warnings.push(message);
        const logger = { debug: () => {}, info: () => {}, warn, error: warn };
        let tokens = 0;
        const given = sasl();
        const counted =
          given !== undefined && "token" in given
            ? {
                ...given,
                token: () => {
                  tokens += 1;
                  return unsecuredToken();
                },
              }
            : given !== undefined && "password" in given
              ? {
                  ...given,
                  password: () => {
                    tokens += 1;
                    return password;
                  },
                }
              : given;
        const secured = connect("saslPlaintext", { sasl: counted }, { logger });
        const name = `renewed-${title}`;
        const contract = topic(name, { key: string(), value: string() });
        await secured.admin().topics.create([{ name, partitions: 1 }]);
        const producer = secured.producer();
        await producer.send(contract, { key: "k", value: "first" });
        const atFirst = tokens;
        let sent = 0;
        const until = performance.now() + 5_500;
        while (performance.now() < until) {
          await Promise.all(
            Array.from({ length: 20 }, () => producer.send(contract, { key: "k", value: `${sent++}` })),
          );
        }
        expect(tokens - atFirst).toBeGreaterThanOrEqual(2);
        expect(warnings).toEqual([]);
        const values: string[] = [];
        for await (const { value } of secured.reader({ topics: [contract], until: "end" })) values.push(value);
        expect(values).toEqual(["first", ...Array.from({ length: sent }, (_, n) => `${n}`)]);
      },
    );

    it("is reached by the command, with flags, environment and a profile", async () => {
      const folder = temporaryFolder();
      const fixture = (name: string): string => {
        writeFileSync(join(folder, name), certificate(name.replace(".pem", "")));
        return join(folder, name);
      };
      writeFileSync(join(folder, "password"), `${password}\n`);
      const tls = ["--tls-ca", fixture("ca.pem")];
      const list = ["topics", "list", "--json"];
      const mutual = ["--tls-cert", fixture("client.pem"), "--tls-key", fixture("client.key.pem")];
      expect(await ottla(...list, "--bootstrap", kafka.mutualTls, ...tls, ...mutual)).toMatchObject({
        status: 0,
        notes: "",
      });
      const user = ["--sasl-mechanism", "SCRAM-SHA-256", "--sasl-username", "ada"];
      const secured = [...list, "--bootstrap", kafka.saslSsl, ...tls, ...user];
      const passwordFile = ["--sasl-password-file", join(folder, "password")];
      expect(await ottla(...secured, ...passwordFile)).toMatchObject({ status: 0, notes: "" });
      expect(await ottla(...secured, "--sasl-password", "s3cret")).toMatchObject({
        status: 1,
        notes: expect.stringMatching(/^ottla: \[SASL_AUTHENTICATION_FAILED\] (?!.*s3cret)/),
      });
      vi.stubEnv("OTTLA_SASL_PASSWORD", password);
      onTestFinished(() => void vi.unstubAllEnvs());
      expect(await ottla(...secured)).toMatchObject({ status: 0, notes: "" });
      vi.unstubAllEnvs();
      const sasl = { mechanism: "PLAIN", username: "ada", passwordFile: "password" };
      const profiles = { prod: { bootstrap: kafka.saslSsl, tls: { ca: "ca.pem" }, sasl } };
      writeFileSync(join(folder, "config.json"), JSON.stringify({ profiles }));
      vi.stubEnv("OTTLA_CONFIG", join(folder, "config.json"));
      expect(await ottla(...list, "--profile", "prod")).toMatchObject({ status: 0, notes: "" });
      writeFileSync(join(folder, "token"), unsecuredToken());
      const bearer = ["--sasl-oauth-token-file", join(folder, "token")];
      expect(await ottla(...list, "--bootstrap", kafka.saslPlaintext, ...bearer)).toMatchObject({
        status: 0,
        notes: "",
      });
      expect(await ottla(...list, "--bootstrap", kafka.mutualTls)).toMatchObject({
        status: 1,
        notes: expect.stringContaining("that listener speaks TLS"),
      });
    });

    it.each<{ title: string; listener: Listener; security: Security; code: string; says: string }>([
      {
        title: "a wrong password in PLAIN",
        listener: "saslSsl",
        security: { tls: { ca }, sasl: { mechanism: "PLAIN", username: "ada", password: "s3cret" } },
        code: "SASL_AUTHENTICATION_FAILED",
        says: "Authentication failed: Invalid username or password",
      },
      {
        title: "a wrong password in SCRAM",
        listener: "saslPlaintext",
        security: { sasl: { mechanism: "SCRAM-SHA-256", username: "ada", password: "s3cret" } },
        code: "SASL_AUTHENTICATION_FAILED",
        says: "SASL SCRAM-SHA-256: ",
      },
      {
        title: "a token that has expired",
        listener: "saslPlaintext",
        security: { sasl: { mechanism: "OAUTHBEARER", token: () => unsecuredToken(-120_000) } },
        code: "SASL_AUTHENTICATION_FAILED",
        says: "the broker refuses the token",
      },
      {
        title: "a mechanism that is not enabled",
        listener: "saslSsl",
        security: { tls: { ca }, sasl: { mechanism: "OAUTHBEARER", token: () => unsecuredToken() } },
        code: "UNSUPPORTED_SASL_MECHANISM",
        says: "the broker enables ",
      },
      {
        title: "SASL where there is none",
        listener: "plaintext",
        security: { sasl: scram("PLAIN") },
        code: "ILLEGAL_SASL_STATE",
        says: "this listener does not use SASL",
      },
      {
        title: "no certificate where one is asked for",
        listener: "mutualTls",
        security: { tls: { ca } },
        code: "TLS_FAILED",
        says: "certificate",
      },
      {
        title: "an authority that is not trusted",
        listener: "mutualTls",
        security: { tls: true },
        code: "TLS_FAILED",
        says: "give that as tls.ca",
      },
      {
        title: "no TLS where there is",
        listener: "mutualTls",
        security: {},
        code: "TLS_FAILED",
        says: "that listener speaks TLS",
      },
      {
        title: "TLS where there is none",
        listener: "plaintext",
        security: { tls: { ca } },
        code: "CONNECTION_FAILED",
        says: "does that listener speak TLS?",
      },
      {
        title: "no SASL where there is",
        listener: "saslPlaintext",
        security: {},
        code: "CONNECTION_",
        says: "does that listener want SASL?",
      },
    ])("says what is wrong with $title", async ({ listener, security, code, says }) => {
      const admin = connect(listener, security).admin();
      const error = await admin.topics.list({ timeoutMs: 3_000 }).catch((reason: unknown) => reason);
      const told = whole(error);
      expect(told).toContain(code);
      expect(told).toContain(says);
      expect(told).not.toContain("s3cret");
    });
  },
);

/** An error's text with those of its causes. */
function whole(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inside = error instanceof AggregateError ? error.errors.map(whole).join(" ") : "";
  return `${error.message} ${inside} ${error.cause === undefined ? "" : whole(error.cause)}`;
}
