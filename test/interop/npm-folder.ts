import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder whose `node_modules` holds what a manifest pins, or why there is none. */
export type NpmFolder = { readonly folder: string } | { readonly missing: string };

/**
 * Installs the packages of a folder's `package.json`, without their scripts, in the system's temporary folder; once for each
 * content of that file. For clients that bring more than every `npm install` here should fetch.
 */
export function npmFolder(home: string): NpmFolder {
  const manifest = join(home, "package.json");
  const content = createHash("sha256").update(readFileSync(manifest)).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `ottla-interop-npm-${content}`);
  if (existsSync(folder)) return { folder };
  const unfinished = `${folder}.${process.pid}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    copyFileSync(manifest, join(unfinished, "package.json"));
    execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: unfinished,
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: 180_000,
    });
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
    return { folder };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (existsSync(folder)) return { folder };
    const said = String((error as { readonly stderr?: string }).stderr ?? error).split("\n");
    const line = said.find((one) => /error/i.test(one)) ?? said[0] ?? "";
    return { missing: `npm could not install ${home.split("/").at(-1)}'s packages: ${line}` };
  }
}
