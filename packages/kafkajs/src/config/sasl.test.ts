import type { SaslConversation, SaslMechanism } from "@ottla/client";
import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { createLogger } from "../log/logger.js";
import type { Mechanism, SASLOptions } from "./kafka-config.js";
import { saslOptions } from "./sasl.js";

const logger = createLogger(nodeWorld.clock, {}, 0);

/** A conversation with a broker that answers `answers`, and what was sent to it. */
function conversation(...answers: string[]) {
  const sent: string[] = [];
  const talk: SaslConversation = {
    host: "broker.example",
    port: 9093,
    signal: new AbortController().signal,
    randomBytes: (length) => new Uint8Array(length),
    send: async (message) => {
      sent.push(Buffer.from(message).toString());
      return Buffer.from(answers.shift() ?? "");
    },
  };
  return { talk, sent };
}

describe("kafkajs's sasl", () => {
  it.each(["plain", "scram-sha-256", "scram-sha-512"] as const)("%s is the client's own", (mechanism) => {
    expect(saslOptions({ mechanism, username: "u", password: "p" } as SASLOptions, logger)).toEqual({
      mechanism: mechanism.toUpperCase(),
      username: "u",
      password: "p",
    });
  });

  it("oauthbearer asks its provider for each token", async () => {
    const oauthBearerProvider = async () => ({ value: "token" });
    const options = saslOptions({ mechanism: "oauthbearer", oauthBearerProvider }, logger);
    expect(options).toMatchObject({ mechanism: "OAUTHBEARER" });
    if (!("token" in options)) throw new Error("no token");
    const { signal } = new AbortController();
    expect(await options.token({ host: "h", port: 1, signal })).toEqual({ value: "token" });
  });

  it("aws is one message of four parts", async () => {
    const keys = { authorizationIdentity: "id", accessKeyId: "key", secretAccessKey: "secret" };
    const options = saslOptions({ mechanism: "aws", ...keys }, logger) as SaslMechanism;
    const { talk, sent } = conversation("");
    await options.authenticate(talk);
    expect([options.mechanism, sent]).toEqual(["AWS", ["id\u0000key\u0000secret\u0000"]]);
  });

  it("a provider of one's own writes a length before its messages, and reads one before the answers", async () => {
    const answers: string[] = [];
    const own: Mechanism = {
      mechanism: "my-mechanism",
      authenticationProvider: ({ host, port, saslAuthenticate }) => ({
        authenticate: async () => {
          const request = { encode: () => Buffer.concat([Buffer.from([0, 0, 0, 5]), Buffer.from("hello")]) };
          const decode = (raw: Buffer) => raw.subarray(4, 4 + raw.readInt32BE());
          const parse = (data: Buffer) => `${host}:${port} says ${data}`;
          answers.push((await saslAuthenticate({ request, response: { decode, parse } })) ?? "");
          await saslAuthenticate({ request });
        },
      }),
    };
    const { talk, sent } = conversation("welcome");
    const options = saslOptions(own, logger) as SaslMechanism;
    await options.authenticate(talk);
    expect(options.mechanism).toBe("MY-MECHANISM");
    expect(sent).toEqual(["hello", "hello"]);
    expect(answers).toEqual(["broker.example:9093 says welcome"]);
  });

  it("of another name is refused", () => {
    expect(() => saslOptions({ mechanism: "kerberos" } as never, logger)).toThrow(/"kerberos" is none of/);
  });
});
