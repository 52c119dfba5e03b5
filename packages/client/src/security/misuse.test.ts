import { expect, it } from "vitest";
import { compilerMessages } from "../compiler.test-kit.js";

const declarations = `
import { Kafka, type SaslMechanism } from "@ottla/client";

const brokers = ["127.0.0.1:9092"];
const user = { username: "u", password: "p" };
declare const iam: SaslMechanism;
`;

const misuses = {
  "nothing wrong": `new Kafka({ brokers, tls: true, sasl: { mechanism: "SCRAM-SHA-512", ...user } }); new Kafka({ brokers, tls: { ca: "c" }, sasl: { mechanism: "OAUTHBEARER", token: async () => "t" } }); new Kafka({ brokers, sasl: iam }); new Kafka({ brokers, sasl: { mechanism: "PLAIN", username: "u", password: async () => "p" } });`,
  "no brokers": `new Kafka({});`,
  "brokers in one text": `new Kafka({ brokers: "a:9092,b:9092" });`,
  "brokers as addresses": `new Kafka({ brokers: [{ host: "a", port: 9092 }] });`,
  "kafkajs's name for TLS": `new Kafka({ brokers, ssl: true });`,
  "TLS as text": `new Kafka({ brokers, tls: "require" });`,
  "a misspelt option of TLS": `new Kafka({ brokers, tls: { rejectUnauthorised: false } });`,
  "TLS's option as text": `new Kafka({ brokers, tls: { rejectUnauthorized: "no" } });`,
  "no mechanism": `new Kafka({ brokers, sasl: user });`,
  "a mechanism that does not exist": `new Kafka({ brokers, sasl: { mechanism: "SCRAM-SHA-1", ...user } });`,
  "a mechanism in small letters": `new Kafka({ brokers, sasl: { mechanism: "plain", ...user } });`,
  "a mechanism in small letters, in a variable": `const sasl = { mechanism: "scram-sha-256", ...user } as const; new Kafka({ brokers, sasl });`,
  "no password": `new Kafka({ brokers, sasl: { mechanism: "PLAIN", username: "u" } });`,
  "no user": `new Kafka({ brokers, sasl: { mechanism: "SCRAM-SHA-256", password: "p" } });`,
  "a misspelt user": `new Kafka({ brokers, sasl: { mechanism: "PLAIN", user: "u", password: "p" } });`,
  "a password that is no text": `new Kafka({ brokers, sasl: { mechanism: "PLAIN", username: "u", password: 1234 } });`,
  "a password that may be missing": `new Kafka({ brokers, sasl: { mechanism: "PLAIN", username: "u", password: process.env["PASSWORD"] } });`,
  "a token that is text": `new Kafka({ brokers, sasl: { mechanism: "OAUTHBEARER", token: "t" } });`,
  "kafkajs's name for a token's provider": `new Kafka({ brokers, sasl: { mechanism: "OAUTHBEARER", oauthBearerProvider: async () => ({ value: "t" }) } });`,
  "a token without its value": `new Kafka({ brokers, sasl: { mechanism: "OAUTHBEARER", token: async () => ({ token: "t" }) } });`,
  "a password for a token": `new Kafka({ brokers, sasl: { mechanism: "OAUTHBEARER", ...user } });`,
  "a mechanism of one's own without its work": `new Kafka({ brokers, sasl: { mechanism: "AWS_MSK_IAM", region: "eu-west-1" } });`,
  "a mechanism of one's own that sends text": `new Kafka({ brokers, sasl: { mechanism: "X", authenticate: async ({ send }) => void (await send("hello")) } });`,
  "a time without its unit": `new Kafka({ brokers, requestTimeout: 1_000 });`,
  "what becomes of lost brokers, misspelt": `new Kafka({ brokers, metadataRecovery: "rebootstrapp" });`,
};

it("says briefly what is wrong with each misuse of what secures a connection", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "TLS as text": [
        "«tls» Type 'string' is not assignable to type 'boolean | TlsOptions | undefined'.",
      ],
      "TLS's option as text": [
        "«rejectUnauthorized» Type 'string' is not assignable to type 'boolean | undefined'.",
      ],
      "a mechanism in small letters": [
        "«sasl» Type '{ username: string; password: string; mechanism: string; }' is not assignable to type 'SaslOptions | undefined'.
      Property 'authenticate' is missing in type '{ username: string; password: string; mechanism: string; }' but required in type 'SaslMechanism'.",
      ],
      "a mechanism in small letters, in a variable": [
        "«sasl» Type '{ readonly username: string; readonly password: string; readonly mechanism: "scram-sha-256"; }' is not assignable to type 'SaslOptions | undefined'.
      Property 'authenticate' is missing in type '{ readonly username: string; readonly password: string; readonly mechanism: "scram-sha-256"; }' but required in type 'SaslMechanism'.",
      ],
      "a mechanism of one's own that sends text": [
        "«"hello"» Argument of type 'string' is not assignable to parameter of type 'Uint8Array<ArrayBufferLike>'.",
      ],
      "a mechanism of one's own without its work": [
        "«region» Object literal may only specify known properties, and 'region' does not exist in type 'SaslMechanism'.",
      ],
      "a mechanism that does not exist": [
        "«sasl» Type '{ username: string; password: string; mechanism: string; }' is not assignable to type 'SaslOptions | undefined'.
      Property 'authenticate' is missing in type '{ username: string; password: string; mechanism: string; }' but required in type 'SaslMechanism'.",
      ],
      "a misspelt option of TLS": [
        "«rejectUnauthorised» Object literal may only specify known properties, but 'rejectUnauthorised' does not exist in type 'TlsOptions'. Did you mean to write 'rejectUnauthorized'?",
      ],
      "a misspelt user": [
        "«user» Object literal may only specify known properties, and 'user' does not exist in type 'SaslMechanism | SaslPassword'.",
      ],
      "a password for a token": [
        "«sasl» Type '{ username: string; password: string; mechanism: "OAUTHBEARER"; }' is not assignable to type 'SaslOptions | undefined'.
      Type '{ username: string; password: string; mechanism: "OAUTHBEARER"; }' is not assignable to type 'SaslMechanism | SaslToken'.
        Property 'token' is missing in type '{ username: string; password: string; mechanism: "OAUTHBEARER"; }' but required in type 'SaslToken'.",
      ],
      "a password that is no text": [
        "«sasl» Type '{ mechanism: "PLAIN"; username: string; password: number; }' is not assignable to type 'SaslOptions | undefined'.
      Types of property 'password' are incompatible.
        Type 'number' is not assignable to type 'Secret | undefined'.",
      ],
      "a password that may be missing": [
        "«sasl» Type '{ mechanism: "PLAIN"; username: string; password: string | undefined; }' is not assignable to type 'SaslOptions | undefined'.
      Type '{ mechanism: "PLAIN"; username: string; password: string | undefined; }' is not assignable to type 'SaslMechanism | SaslPassword'.
        Type '{ mechanism: "PLAIN"; username: string; password: string | undefined; }' is not assignable to type 'SaslPassword'.
          Types of property 'password' are incompatible.
            Type 'string | undefined' is not assignable to type 'Secret'.
              Type 'undefined' is not assignable to type 'Secret'.",
      ],
      "a time without its unit": [
        "«requestTimeout» Object literal may only specify known properties, but 'requestTimeout' does not exist in type 'KafkaOptions'. Did you mean to write 'requestTimeoutMs'?",
      ],
      "a token that is text": [
        "«sasl» Type '{ mechanism: "OAUTHBEARER"; token: string; }' is not assignable to type 'SaslOptions | undefined'.
      Types of property 'token' are incompatible.
        Type 'string' is not assignable to type 'OAuthTokenProvider'.",
      ],
      "a token without its value": [
        "«sasl» Type '{ mechanism: "OAUTHBEARER"; token: () => Promise<{ token: string; }>; }' is not assignable to type 'SaslOptions | undefined'.
      The types returned by 'token(...)' are incompatible between these types.
        Type 'Promise<{ token: string; }>' is not assignable to type 'string | OAuthToken | Promise<string | OAuthToken>'.
          Type 'Promise<{ token: string; }>' is not assignable to type 'Promise<string | OAuthToken>'.
            Type '{ token: string; }' is not assignable to type 'string | OAuthToken'.",
      ],
      "brokers as addresses": [
        "«{ host: "a", port: 9092 }» Type '{ host: string; port: number; }' is not assignable to type 'string'.",
      ],
      "brokers in one text": [
        "«brokers» Type 'string' is not assignable to type 'readonly string[]'.",
      ],
      "kafkajs's name for TLS": [
        "«ssl» Object literal may only specify known properties, but 'ssl' does not exist in type 'KafkaOptions'. Did you mean to write 'sasl'?",
      ],
      "kafkajs's name for a token's provider": [
        "«oauthBearerProvider» Object literal may only specify known properties, and 'oauthBearerProvider' does not exist in type 'SaslMechanism | SaslToken'.",
      ],
      "no brokers": [
        "«{}» Argument of type '{}' is not assignable to parameter of type 'KafkaOptions'.
      Property 'brokers' is missing in type '{}' but required in type 'KafkaOptions'.",
      ],
      "no mechanism": [
        "«sasl» Type '{ username: string; password: string; }' is not assignable to type 'SaslOptions | undefined'.
      Property 'mechanism' is missing in type '{ username: string; password: string; }' but required in type 'SaslPassword'.",
      ],
      "no password": [
        "«sasl» Type '{ mechanism: "PLAIN"; username: string; }' is not assignable to type 'SaslOptions | undefined'.
      Type '{ mechanism: "PLAIN"; username: string; }' is not assignable to type 'SaslMechanism | SaslPassword'.
        Property 'password' is missing in type '{ mechanism: "PLAIN"; username: string; }' but required in type 'SaslPassword'.",
      ],
      "no user": [
        "«sasl» Type '{ mechanism: "SCRAM-SHA-256"; password: string; }' is not assignable to type 'SaslOptions | undefined'.
      Type '{ mechanism: "SCRAM-SHA-256"; password: string; }' is not assignable to type 'SaslMechanism | SaslPassword'.
        Property 'username' is missing in type '{ mechanism: "SCRAM-SHA-256"; password: string; }' but required in type 'SaslPassword'.",
      ],
      "nothing wrong": [],
      "what becomes of lost brokers, misspelt": [
        "«metadataRecovery» Type '"rebootstrapp"' is not assignable to type '"none" | "rebootstrap" | undefined'. Did you mean '"rebootstrap"'?",
      ],
    }
  `);
});
