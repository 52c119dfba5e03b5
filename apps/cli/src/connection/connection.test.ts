import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connectionOf } from "./connection.js";

const folder = mkdtempSync(join(tmpdir(), "ottla-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** An environment with a configuration file of this content. */
function configured(content: unknown, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return { OTTLA_CONFIG: path, ...more };
}

const none: NodeJS.ProcessEnv = { XDG_CONFIG_HOME: folder };
const profiles = {
  local: { bootstrap: "local:1", registry: "http://local:2" },
  prod: { bootstrap: "prod:1", registry: "https://prod:2", registryAuth: "ci:p:w" },
};

describe("where a command connects", () => {
  it("is this machine when nothing is said, with no registry", () => {
    expect(connectionOf({}, none)).toEqual({ bootstrap: "127.0.0.1:9092", security: {}, registry: undefined });
  });

  it("is what a flag says, then a profile asked for, then the environment, then the usual profile", () => {
    const env = configured({ default: "local", profiles }, { OTTLA_BOOTSTRAP: "env:1" });
    expect(connectionOf({ bootstrap: "flag:1", profile: "prod" }, env).bootstrap).toBe("flag:1");
    expect(connectionOf({ profile: "prod" }, env).bootstrap).toBe("prod:1");
    expect(connectionOf({}, env)).toMatchObject({ bootstrap: "env:1", registry: { urls: ["http://local:2"] } });
    expect(connectionOf({}, { ...env, OTTLA_BOOTSTRAP: "" }).bootstrap).toBe("local:1");
    expect(connectionOf({}, { ...env, OTTLA_PROFILE: "prod", OTTLA_BOOTSTRAP: "" }).bootstrap).toBe("prod:1");
  });

  it("sends credentials to the registry they stand beside, and to no other", () => {
    const env = configured({ default: "prod", profiles });
    expect(connectionOf({}, env).registry).toEqual({
      urls: ["https://prod:2"],
      auth: { username: "ci", password: "p:w" },
    });
    expect(connectionOf({ registry: "http://other:1, http://other:2" }, env).registry).toEqual({
      urls: ["http://other:1", "http://other:2"],
    });
    const token = { ...none, OTTLA_REGISTRY_TOKEN: "t" };
    expect(connectionOf({ registry: "http://other:1" }, token).registry?.auth).toEqual({ token: "t" });
    expect(connectionOf({ registry: "http://other:1", registryAuth: "a:b" }, token).registry?.auth).toEqual({
      username: "a",
      password: "b",
    });
  });

  it.each([
    {
      title: "a profile that is not there",
      content: { profiles },
      profile: "stage",
      says: 'no profile "stage"; there is local, prod',
    },
    {
      title: "a profile by an object's own words",
      content: { profiles },
      profile: "toString",
      says: 'no profile "toString"',
    },
    {
      title: "TLS that is text",
      content: { profiles: { p: { tls: "yes" } } },
      profile: "p",
      says: "tls must be true, false or an object",
    },
    {
      title: "SASL that is text",
      content: { profiles: { p: { sasl: "PLAIN" } } },
      profile: "p",
      says: "sasl must be an object",
    },
    {
      title: "a key of TLS that it does not know",
      content: { profiles: { p: { tls: { keystore: "a.jks" } } } },
      profile: "p",
      says: "tls: keystore is none of ca, cert, key",
    },
    {
      title: "a key it does not know",
      content: { profiles: { p: { brokers: "a:1" } } },
      profile: "p",
      says: "brokers is none of bootstrap",
    },
    {
      title: "a value that is no text",
      content: { profiles: { p: { bootstrap: 1 } } },
      profile: "p",
      says: "bootstrap must be text",
    },
    { title: "a file that is not JSON", content: "{", profile: "p", says: "it is not JSON" },
  ])("refuses $title", ({ content, profile, says }) => {
    expect(() => connectionOf({ profile }, configured(content))).toThrow(says);
  });

  it("refuses a registry that is no URL, and a password without a user", () => {
    expect(() => connectionOf({ registry: "127.0.0.1:8081" }, none)).toThrow('"127.0.0.1:8081" is not a URL');
    expect(() => connectionOf({ registry: "http://a", registryAuth: ":x" }, none)).toThrow("it is not user:password");
  });

  it("misses a configuration file only where one was named", () => {
    expect(() => connectionOf({ profile: "p" }, none)).toThrow("ENOENT");
    expect(() => connectionOf({}, { OTTLA_CONFIG: join(folder, "none.json") })).toThrow("ENOENT");
  });
});
