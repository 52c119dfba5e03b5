import { readFileSync } from "node:fs";
import type { KafkaOptions, OAuthTokenProvider, Secret, TlsOptions } from "@ottla/client";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/** How one source (flags, environment, a profile) says that a cluster is to be reached. Files by path. */
export interface SecuritySettings {
  readonly tls?: boolean | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsKeyPassphrase?: string | undefined;
  readonly tlsServername?: string | undefined;
  readonly tlsInsecure?: boolean | undefined;
  readonly saslMechanism?: string | undefined;
  readonly saslUsername?: string | undefined;
  readonly saslPassword?: string | undefined;
  readonly saslPasswordFile?: string | undefined;
  readonly saslOauthToken?: string | undefined;
  readonly saslOauthTokenFile?: string | undefined;
}

/** What a client is given. */
export type ClusterSecurity = Pick<KafkaOptions, "tls" | "sasl">;

/** The environment's variable for each, with the flags' spelling: `tlsCa` is `OTTLA_TLS_CA`. */
export const securityFromEnvironment = (env: NodeJS.ProcessEnv): SecuritySettings => ({
  tls: yesOrNo("OTTLA_TLS", env),
  tlsCa: env.OTTLA_TLS_CA || undefined,
  tlsCert: env.OTTLA_TLS_CERT || undefined,
  tlsKey: env.OTTLA_TLS_KEY || undefined,
  tlsKeyPassphrase: env.OTTLA_TLS_KEY_PASSPHRASE || undefined,
  tlsServername: env.OTTLA_TLS_SERVERNAME || undefined,
  tlsInsecure: yesOrNo("OTTLA_TLS_INSECURE", env),
  saslMechanism: env.OTTLA_SASL_MECHANISM || undefined,
  saslUsername: env.OTTLA_SASL_USERNAME || undefined,
  saslPassword: env.OTTLA_SASL_PASSWORD || undefined,
  saslPasswordFile: env.OTTLA_SASL_PASSWORD_FILE || undefined,
  saslOauthToken: env.OTTLA_SASL_OAUTH_TOKEN || undefined,
  saslOauthTokenFile: env.OTTLA_SASL_OAUTH_TOKEN_FILE || undefined,
});

function yesOrNo(name: string, env: NodeJS.ProcessEnv): boolean | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^(1|true|yes)$/i.test(text)) return true;
  if (/^(0|false|no)$/i.test(text)) return false;
  throw wrong(`${name}: it must be true or false`);
}

/**
 * What the sources say together, the first that says something of a matter being right.
 *
 * @throws {@link CommandError}, which never shows a secret.
 */
export function clusterSecurity(sources: readonly SecuritySettings[]): ClusterSecurity {
  const tls = tlsOf(sources);
  const sasl = saslOf(sources);
  return { ...(tls && { tls }), ...(sasl && { sasl }) };
}

function first<Name extends keyof SecuritySettings>(
  sources: readonly SecuritySettings[],
  ...names: readonly Name[]
): SecuritySettings | undefined {
  return sources.find((source) => names.some((name) => source[name] !== undefined));
}

function tlsOf(sources: readonly SecuritySettings[]): TlsOptions | undefined {
  const says = first(sources, "tls", "tlsCa", "tlsCert", "tlsKey", "tlsServername", "tlsInsecure");
  if (says === undefined || says.tls === false) return undefined;
  const ca = first(sources, "tlsCa")?.tlsCa;
  // A certificate and its key are of one source.
  const { tlsCert: cert, tlsKey: key } = first(sources, "tlsCert", "tlsKey") ?? {};
  if ((cert === undefined) !== (key === undefined)) {
    throw wrong(`--tls-${cert === undefined ? "cert" : "key"}: a certificate and its key go together`);
  }
  const passphrase = first(sources, "tlsKeyPassphrase")?.tlsKeyPassphrase;
  const servername = first(sources, "tlsServername")?.tlsServername;
  const isInsecure = first(sources, "tlsInsecure")?.tlsInsecure === true;
  return {
    ...(ca !== undefined && { ca: content("--tls-ca", ca) }),
    ...(cert !== undefined && { cert: content("--tls-cert", cert) }),
    ...(key !== undefined && { key: content("--tls-key", key) }),
    ...(key !== undefined && passphrase !== undefined && { passphrase }),
    ...(servername !== undefined && { servername }),
    ...(isInsecure && { rejectUnauthorized: false }),
  };
}

function saslOf(sources: readonly SecuritySettings[]): ClusterSecurity["sasl"] {
  const token = tokenOf(first(sources, "saslOauthToken", "saslOauthTokenFile"));
  const username = first(sources, "saslUsername")?.saslUsername;
  const named = first(sources, "saslMechanism")?.saslMechanism?.toUpperCase();
  const mechanism = named ?? (token !== undefined && username === undefined ? "OAUTHBEARER" : undefined);
  switch (mechanism) {
    case undefined:
      if (username === undefined) return undefined;
      throw wrong("--sasl-mechanism: it must be said beside a user", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.");
    case "OAUTHBEARER":
      if (token !== undefined) return { mechanism, token };
      throw wrong("--sasl-mechanism OAUTHBEARER needs a token", "OTTLA_SASL_OAUTH_TOKEN, or --sasl-oauth-token-file.");
    case "PLAIN":
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512": {
      const password = passwordOf(first(sources, "saslPassword", "saslPasswordFile"));
      if (username === undefined) throw wrong(`--sasl-mechanism ${mechanism} needs --sasl-username`);
      if (password === undefined) {
        throw wrong(`--sasl-mechanism ${mechanism} needs a password`, "OTTLA_SASL_PASSWORD, or --sasl-password-file.");
      }
      return { mechanism, username, password };
    }
    default:
      throw wrong(
        `--sasl-mechanism: ${mechanism} is not there`,
        "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER are.",
      );
  }
}

function passwordOf(source: SecuritySettings | undefined): Secret | undefined {
  if (source?.saslPassword !== undefined) return source.saslPassword;
  const path = source?.saslPasswordFile;
  return path === undefined ? undefined : line("--sasl-password-file", path);
}

/** A file is read for each connection: whoever renews the token writes it there. */
function tokenOf(source: SecuritySettings | undefined): OAuthTokenProvider | undefined {
  const { saslOauthToken: token, saslOauthTokenFile: path } = source ?? {};
  if (token !== undefined) return () => token;
  if (path === undefined) return undefined;
  line("--sasl-oauth-token-file", path);
  return () => line("--sasl-oauth-token-file", path);
}

const line = (what: string, path: string): string => {
  const text = content(what, path).replace(/\r?\n$/, "");
  if (text === "") throw wrong(`${what}: ${path} is empty`);
  return text;
};

function content(what: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw wrong(`${what}: ${(cause as Error).message}`);
  }
}

const wrong = (message: string, hint?: string): CommandError =>
  new CommandError(message, { exitCode: exitCodes.usage, ...(hint !== undefined && { hint }) });
