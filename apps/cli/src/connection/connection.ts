import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { type Profile, profileNamed } from "./profile.js";
import {
  type ClusterSecurity,
  clusterSecurity,
  type SecuritySettings,
  securityFromEnvironment,
} from "./security-settings.js";

/** What the command line says of a cluster. */
export interface ClusterFlags extends SecuritySettings {
  readonly bootstrap?: string;
  readonly profile?: string;
}

/** What the command line says of a schema registry, too. */
export interface ConnectionFlags extends ClusterFlags {
  readonly registry?: string;
  readonly registryAuth?: string;
  readonly registryToken?: string;
}

export type RegistryCredentials = { readonly username: string; readonly password: string } | { readonly token: string };

/** Where a command finds its cluster and its registry. */
export interface Connection {
  readonly bootstrap: string;
  readonly security: ClusterSecurity;
  /** Undefined where nothing names one. */
  readonly registry: { readonly urls: readonly string[]; readonly auth?: RegistryCredentials } | undefined;
}

const defaultBootstrap = "127.0.0.1:9092";

/**
 * Flags first, then the profile that a flag names, then the environment, then the profile that the environment or the
 * configuration file names: a cluster that was asked for by name is never exchanged for one that a shell remembers.
 *
 * @throws {@link CommandError}
 */
export function connectionOf(flags: ConnectionFlags, env: NodeJS.ProcessEnv = process.env): Connection {
  const asked = flags.profile === undefined ? {} : profileNamed(flags.profile, env);
  const usual = flags.profile === undefined ? profileNamed(env.OTTLA_PROFILE, env) : {};
  const settings: readonly Profile[] = [fromFlags(flags), asked, fromEnvironment(env), usual];
  const withBootstrap = settings.findIndex((one) => one.bootstrap !== undefined);
  const bootstrap = settings[withBootstrap]?.bootstrap ?? defaultBootstrap;
  const security = clusterSecurity(
    settings.filter((one, index) => isFor(withBootstrap, one.bootstrap, index)).map((one) => one.security ?? {}),
  );
  const withUrl = settings.findIndex(({ registry }) => registry !== undefined);
  const urls = settings[withUrl]?.registry;
  if (urls === undefined) return { bootstrap, security, registry: undefined };
  const credentials = settings.find(
    ({ auth, token, registry }, index) =>
      (auth !== undefined || token !== undefined) && isFor(withUrl, registry, index),
  );
  const auth = credentials && credentialsOf(credentials);
  return {
    bootstrap,
    security,
    registry: { urls: urls.split(",").map((url) => checkedUrl(url.trim())), ...(auth && { auth }) },
  };
}

/** Credentials that stand beside the name of a server are for that one; those without a name are for any. */
const isFor = (chosen: number, name: string | undefined, index: number): boolean =>
  index <= chosen || name === undefined;

const fromFlags = ({
  bootstrap,
  registry,
  registryAuth: auth,
  registryToken: token,
  ...flags
}: ConnectionFlags): Profile => ({
  bootstrap,
  registry,
  auth,
  token,
  security: flags,
});

const fromEnvironment = (env: NodeJS.ProcessEnv): Profile => ({
  bootstrap: env.OTTLA_BOOTSTRAP || undefined,
  registry: env.OTTLA_REGISTRY || undefined,
  auth: env.OTTLA_REGISTRY_AUTH || undefined,
  token: env.OTTLA_REGISTRY_TOKEN || undefined,
  security: securityFromEnvironment(env),
});

function credentialsOf({ auth, token }: Profile): RegistryCredentials {
  if (token !== undefined) return { token };
  const at = auth?.indexOf(":") ?? -1;
  if (auth === undefined || at < 1) {
    throw new CommandError("registry authentication: it is not user:password", {
      hint: "--registry-auth or OTTLA_REGISTRY_AUTH take user:password; --registry-token takes a bearer token.",
      exitCode: exitCodes.usage,
    });
  }
  return { username: auth.slice(0, at), password: auth.slice(at + 1) };
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CommandError(`--registry: "${text}" is not a URL`, {
    hint: "For example: --registry http://127.0.0.1:8081",
    exitCode: exitCodes.usage,
  });
}
