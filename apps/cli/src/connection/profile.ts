import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import type { SecuritySettings } from "./security-settings.js";

/** Connection settings from one source. */
export interface Profile {
  readonly bootstrap?: string | undefined;
  readonly registry?: string | undefined;
  /** `user:password` for the registry. */
  readonly auth?: string | undefined;
  /** A bearer token for the registry. */
  readonly token?: string | undefined;
  /** `postgres://…`, or the path of a SQLite file: where the outbox is. */
  readonly database?: string | undefined;
  /** TLS and SASL of the cluster. */
  readonly security?: SecuritySettings | undefined;
}

/**
 * A profile of the configuration file: `OTTLA_CONFIG`, or `~/.config/ottla/config.json`.
 *
 * ```json
 * { "default": "local", "profiles": { "prod": { "bootstrap": "a:9092,b:9092", "registry": "https://…", "registryToken": "…",
 *   "tls": { "ca": "ca.pem" }, "sasl": { "mechanism": "SCRAM-SHA-512", "username": "ada", "passwordFile": "password" } } } }
 * ```
 *
 * Paths begin at the file's folder.
 *
 * @param name - Without it the file's default, where there is a file and it has one.
 * @throws {@link CommandError}
 */
export function profileNamed(name: string | undefined, env: NodeJS.ProcessEnv): Profile {
  const path = env.OTTLA_CONFIG || join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "ottla", "config.json");
  const content = read(path, name !== undefined || Boolean(env.OTTLA_CONFIG));
  if (content === undefined) return {};
  const { default: usual, profiles } = content;
  if (profiles !== undefined && !isObject(profiles)) throw wrong(path, "profiles must be an object");
  const wanted = name ?? usual;
  if (wanted === undefined) return {};
  if (typeof wanted !== "string") throw wrong(path, "default must be a profile's name");
  const profile = Object.hasOwn(profiles ?? {}, wanted) ? profiles?.[wanted] : undefined;
  if (!isObject(profile)) {
    const names = Object.keys(profiles ?? {}).join(", ");
    throw wrong(path, `there is no profile "${wanted}"${names === "" ? "" : `; there is ${names}`}`);
  }
  return checked(path, wanted, profile);
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function read(path: string, isNeeded: boolean): Members | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" && !isNeeded) return undefined;
    throw wrong(path, (cause as Error).message);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw wrong(path, `it is not JSON: ${(cause as Error).message}`);
  }
  if (!isObject(content)) throw wrong(path, "it must be a JSON object");
  return content;
}

function checked(path: string, name: string, profile: Members): Profile {
  const settings: Record<string, string> = {};
  const security: Record<string, string | boolean> = {};
  for (const [key, value] of Object.entries(profile)) {
    const here = `profile "${name}": ${key}`;
    if (key === "tls" && typeof value === "boolean") {
      security.tls = value;
    } else if (key === "tls" || key === "sasl") {
      if (!isObject(value)) throw wrong(path, `${here} must be ${key === "tls" ? "true, false or " : ""}an object`);
      if (key === "tls") security.tls = true;
      Object.assign(security, members(path, here, value, key === "tls" ? tlsKeys : saslKeys));
    } else {
      const setting = keys.get(key);
      if (setting === undefined) {
        throw wrong(path, `${here} is none of ${[...keys.keys(), "tls", "sasl"].join(", ")}`);
      }
      if (typeof value !== "string" || value === "") throw wrong(path, `${here} must be text`);
      settings[setting] = value;
    }
  }
  return { ...settings, ...(Object.keys(security).length > 0 && { security }) };
}

type Kind = "text" | "file" | "yes or no";

function members(
  path: string,
  here: string,
  given: Members,
  known: ReadonlyMap<string, readonly [keyof SecuritySettings, Kind]>,
): Record<string, string | boolean> {
  const found: Record<string, string | boolean> = {};
  for (const [key, value] of Object.entries(given)) {
    const member = known.get(key);
    if (member === undefined) throw wrong(path, `${here}: ${key} is none of ${[...known.keys()].join(", ")}`);
    const [setting, kind] = member;
    if (kind === "yes or no") {
      if (typeof value !== "boolean") throw wrong(path, `${here}: ${key} must be true or false`);
      found[setting] = value;
      continue;
    }
    if (typeof value !== "string" || value === "") throw wrong(path, `${here}: ${key} must be text`);
    found[setting] = kind === "file" ? resolve(dirname(path), value) : value;
  }
  return found;
}

const keys: ReadonlyMap<string, keyof Profile> = new Map([
  ["bootstrap", "bootstrap"],
  ["registry", "registry"],
  ["registryAuth", "auth"],
  ["registryToken", "token"],
  ["database", "database"],
]);

const tlsKeys: ReadonlyMap<string, readonly [keyof SecuritySettings, Kind]> = new Map([
  ["ca", ["tlsCa", "file"]],
  ["cert", ["tlsCert", "file"]],
  ["key", ["tlsKey", "file"]],
  ["keyPassphrase", ["tlsKeyPassphrase", "text"]],
  ["servername", ["tlsServername", "text"]],
  ["insecure", ["tlsInsecure", "yes or no"]],
]);

const saslKeys: ReadonlyMap<string, readonly [keyof SecuritySettings, Kind]> = new Map([
  ["mechanism", ["saslMechanism", "text"]],
  ["username", ["saslUsername", "text"]],
  ["password", ["saslPassword", "text"]],
  ["passwordFile", ["saslPasswordFile", "file"]],
  ["oauthToken", ["saslOauthToken", "text"]],
  ["oauthTokenFile", ["saslOauthTokenFile", "file"]],
]);

const wrong = (path: string, what: string): CommandError =>
  new CommandError(`${path}: ${what}`, { exitCode: exitCodes.usage });
