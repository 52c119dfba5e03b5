// Holds the public declarations of every package against the reports in docs/api, one for each entry of its exports.
// `npm run check:api -- --write` writes them anew.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { apiReports } from "./api-report.js";

const home = join("docs", "api");
const entries = readdirSync("packages").flatMap((folder) => entriesOf(join("packages", folder)));
const unbuilt = entries.filter(({ declarations }) => !ts.sys.fileExists(declarations));
if (unbuilt.length > 0) {
  console.error(`${unbuilt.map(({ name }) => name).join(", ")}: not built, run \`npm run build\` first`);
  process.exitCode = 1;
} else if (process.argv.includes("--write")) {
  rmSync(home, { recursive: true, force: true });
  writeTo(home);
  console.log(`${entries.length} reports written to ${home}`);
} else {
  compare();
}

function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (manifest.private) return [];
  return Object.entries(manifest.exports).flatMap(([subpath, { types }]) =>
    types === undefined ? [] : [{ name: join(manifest.name, subpath), declarations: resolve(folder, types) }],
  );
}

function writeTo(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of apiReports(entries)) {
    writeFileSync(join(folder, `${name.replace("@ottla/", "").replaceAll("/", ".")}.md`), text);
  }
}

function compare() {
  const built = mkdtempSync(join(tmpdir(), "ottla-api-"));
  try {
    writeTo(built);
    const options = ["--no-index", "--no-prefix", "--unified=2", process.stdout.isTTY ? "--color" : "--no-color"];
    const { status, stdout, stderr } = spawnSync("git", ["diff", ...options, home, built], { encoding: "utf8" });
    if (status === 0) {
      console.log(`the declarations of ${entries.length} entries are those of ${home}`);
    } else {
      console.error(`${stdout}${stderr}`.replaceAll(built.slice(1), "built"));
      console.error(
        `The built declarations are not those of ${home}. Are they meant so? \`npm run check:api -- --write\``,
      );
      process.exitCode = 1;
    }
  } finally {
    rmSync(built, { recursive: true });
  }
}
