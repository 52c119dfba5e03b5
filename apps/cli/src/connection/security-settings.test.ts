import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ClusterFlags, connectionOf } from "./connection.js";

const folder = mkdtempSync(join(tmpdir(), "ottla-security-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const ca = file("ca.pem", "CA");
file("cert.pem", "CERT");
file("key.pem", "KEY");
const passwordFile = file("password", "open sesame\n");
const tokenFile = file("token", "t-1\n");
file("empty", "\n");
const none: NodeJS.ProcessEnv = { XDG_CONFIG_HOME: folder };
const configured = (profiles: object, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  OTTLA_CONFIG: file("config.json", JSON.stringify({ default: "prod", profiles })),
  ...more,
});
const securityOf = (flags: ClusterFlags, env: NodeJS.ProcessEnv) => connectionOf(flags, env).security;

describe("how a command connects", () => {
  it("is TLS when anything of it is said, by flags or environment", () => {
    expect(securityOf({ tls: true }, none)).toEqual({ tls: {} });
    expect(securityOf({ tlsCa: ca, tlsServername: "b" }, none)).toEqual({ tls: { ca: "CA", servername: "b" } });
    expect(securityOf({ tlsInsecure: true }, none)).toEqual({ tls: { rejectUnauthorized: false } });
    const env = {
      ...none,
      OTTLA_TLS: "true",
      OTTLA_TLS_CA: ca,
      OTTLA_TLS_CERT: join(folder, "cert.pem"),
      OTTLA_TLS_KEY: join(folder, "key.pem"),
      OTTLA_TLS_KEY_PASSPHRASE: "p",
    };
    expect(securityOf({}, env)).toEqual({ tls: { ca: "CA", cert: "CERT", key: "KEY", passphrase: "p" } });
    expect(securityOf({}, { ...none, OTTLA_TLS: "false" })).toEqual({});
  });

  it("is who the flags, the environment or a file say", async () => {
    const scram = { mechanism: "SCRAM-SHA-512", username: "ada", password: "open sesame" };
    expect(
      securityOf({ saslMechanism: "scram-sha-512", saslUsername: "ada", saslPasswordFile: passwordFile }, none),
    ).toEqual({ sasl: scram });
    const env = { ...none, OTTLA_SASL_MECHANISM: "SCRAM-SHA-512", OTTLA_SASL_PASSWORD: "open sesame" };
    expect(securityOf({ saslUsername: "ada" }, env)).toEqual({ sasl: scram });
    const { sasl } = securityOf({ saslOauthTokenFile: tokenFile }, none);
    expect(sasl?.mechanism).toBe("OAUTHBEARER");
    const token = sasl !== undefined && "token" in sasl ? sasl.token : undefined;
    const context = { host: "", port: 1, signal: new AbortController().signal };
    expect(await token?.(context)).toBe("t-1");
    file("token", "t-2");
    expect(await token?.(context)).toBe("t-2");
    file("token", "t-1\n");
  });

  it("is what a profile says, with paths from its folder, and only for the cluster it names", () => {
    const env = configured({
      prod: {
        bootstrap: "prod:1",
        tls: { ca: "ca.pem", cert: "cert.pem", key: "key.pem", insecure: false },
        sasl: { mechanism: "PLAIN", username: "ada", passwordFile: "password" },
      },
      local: { bootstrap: "local:1", tls: false },
      trusted: { tls: true },
    });
    const secured = {
      tls: { ca: "CA", cert: "CERT", key: "KEY" },
      sasl: { mechanism: "PLAIN", username: "ada", password: "open sesame" },
    };
    expect(securityOf({}, env)).toEqual(secured);
    expect(securityOf({ profile: "prod" }, { ...env, OTTLA_BOOTSTRAP: "env:1" })).toEqual(secured);
    expect(securityOf({ bootstrap: "other:1" }, env)).toEqual({});
    expect(securityOf({}, { ...env, OTTLA_BOOTSTRAP: "env:1" })).toEqual({});
    expect(securityOf({ profile: "local" }, { ...env, OTTLA_TLS: "true" })).toEqual({});
    expect(securityOf({ profile: "trusted", bootstrap: "other:1" }, env)).toEqual({ tls: {} });
  });

  it.each<{ title: string; flags: ClusterFlags; env?: NodeJS.ProcessEnv; says: string }>([
    {
      title: "a user without a mechanism",
      flags: { saslUsername: "ada", saslPassword: "s3cret" },
      says: "--sasl-mechanism: it must be said",
    },
    { title: "no user", flags: { saslMechanism: "PLAIN", saslPassword: "s3cret" }, says: "needs --sasl-username" },
    { title: "no password", flags: { saslMechanism: "PLAIN", saslUsername: "ada" }, says: "needs a password" },
    { title: "no token", flags: { saslMechanism: "OAUTHBEARER" }, says: "needs a token" },
    { title: "another mechanism", flags: { saslMechanism: "GSSAPI" }, says: "GSSAPI is not there" },
    {
      title: "a certificate without its key",
      flags: { tlsCert: ca },
      says: "--tls-key: a certificate and its key go together",
    },
    { title: "a file that is not there", flags: { tlsCa: "none.pem" }, says: "--tls-ca: ENOENT" },
    {
      title: "an empty password file",
      flags: { saslMechanism: "PLAIN", saslUsername: "a", saslPasswordFile: join(folder, "empty") },
      says: "is empty",
    },
    {
      title: "a variable that is neither yes nor no",
      flags: {},
      env: { ...none, OTTLA_TLS: "maybe" },
      says: "OTTLA_TLS: it must be true or false",
    },
  ])("refuses $title, and never shows a secret", ({ flags, env = none, says }) => {
    expect(() => securityOf(flags, env)).toThrow(says);
    expect(() => securityOf(flags, env)).not.toThrow("s3cret");
  });
});
