import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../kit/temporary-folder.js";

/** Makes a data folder of a file that holds one, as base64 by path. */
export function unpackFolder(file: URL): string {
  const dataDir = temporaryFolder("earlier");
  const files: Record<string, string> = JSON.parse(readFileSync(file, "utf8"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dataDir, path)), { recursive: true });
    writeFileSync(join(dataDir, path), Buffer.from(content, "base64"));
  }
  return dataDir;
}

/** Keeps a data folder in a file, without the lock of the process that wrote it and the room it spared. */
export function packFolder(dataDir: string, file: URL): void {
  const paths = readdirSync(dataDir, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(dataDir, path)).isFile() && !/\.lock\.|\.spare$/.test(path))
    .sort();
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(dataDir, path)).toString("base64")]));
  writeFileSync(file, `${JSON.stringify(files, undefined, 1)}\n`);
}
