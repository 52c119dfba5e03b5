// `npm run test:interop -- [name …]`: other people's clients against our broker, those named or all. What this machine has no
// toolchain for is skipped, with the reason. The last line is `N passed, N failed, N skipped`.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const folders = readdirSync(here, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const suites = [...folders, "conformance"];
const longestMs = 20 * 60_000;

const names = process.argv.slice(2);
const unknown = names.filter((name) => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`no interop suite ${unknown.join(", ")}; there are ${suites.join(", ")}`);
  process.exit(2);
}

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const filters = names.map((name) => (name === "conformance" ? "test/conformance/" : `test/interop/${name}/`));
const options = ["run", "--config", join(here, "vitest.config.ts"), "--reporter", join(here, "totals-reporter.js")];
const child = spawn(process.execPath, [vitest, ...options, ...filters], { cwd: root, stdio: "inherit" });
const overdue = setTimeout(() => {
  console.error(`the interop suites took more than ${longestMs / 60_000} minutes`);
  child.kill("SIGKILL");
}, longestMs);
child.once("exit", (code) => {
  clearTimeout(overdue);
  process.exitCode = code ?? 1;
});
