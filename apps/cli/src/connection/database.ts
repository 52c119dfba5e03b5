import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { profileNamed } from "./profile.js";

/** A database that a command was told to use. */
export type Database =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string; readonly label: string };

/**
 * The database that a flag names, else a profile asked for, else the environment, else the usual profile: `postgres://…`,
 * or the path of a SQLite file.
 *
 * @throws {@link CommandError}
 */
export function databaseOf(
  flags: { readonly database?: string; readonly profile?: string },
  env: NodeJS.ProcessEnv = process.env,
): Database {
  const named =
    flags.database ??
    (flags.profile === undefined ? undefined : profileNamed(flags.profile, env).database) ??
    (env.OTTLA_DATABASE || (flags.profile === undefined ? profileNamed(env.OTTLA_PROFILE, env).database : undefined));
  if (named === undefined) {
    throw new CommandError("no database is named", {
      hint: "--database postgres://user@host/name or --database shop.db; OTTLA_DATABASE and profiles can name it too.",
      exitCode: exitCodes.usage,
    });
  }
  if (/^postgres(ql)?:\/\//.test(named)) return { kind: "postgres", url: named, label: withoutPassword(named) };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(named)) {
    throw new CommandError(`--database: ${named.slice(0, named.indexOf(":"))} is not a database that has an outbox`, {
      hint: "It is postgres://… or the path of a SQLite file.",
      exitCode: exitCodes.usage,
    });
  }
  return { kind: "sqlite", path: named };
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) {
    throw new CommandError("--database: this is not a Postgres URL", {
      hint: "For example: postgres://user@127.0.0.1:5432/shop; a password with special characters must be %-encoded.",
      exitCode: exitCodes.usage,
    });
  }
  const { protocol, username, host, pathname } = new URL(text);
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}${pathname}`;
}
