// Packs every public package as npm would publish it and looks at the tarball: publint for what is inside, attw for whether
// TypeScript and Node resolve each entry of its exports.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Bytes of declarations that each package may have, comments included: every editor and compiler of a user reads them.
const declarationBytes = { "@ottla/client": 180_000, "@ottla/protocol": 240_000, "@ottla/kafkajs": 90_000 };
const otherDeclarationBytes = 70_000;

const folders = ["packages", "apps"].flatMap((group) => readdirSync(group).map((name) => join(group, name)));
const out = mkdtempSync(join(tmpdir(), "ottla-pack-"));
let failed = 0;
try {
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (manifest.private) continue;
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", out], {
        cwd: folder,
        encoding: "utf8",
      }),
    );
    const tarball = join(out, packed.filename);
    const declared = declarationsIn(join(folder, "dist"));
    const allowed = declarationBytes[manifest.name] ?? otherDeclarationBytes;
    if (declared > allowed) {
      failed += 1;
      console.error(`${manifest.name}: ${declared} bytes of declarations, ${allowed} are allowed`);
    }
    const checks = [["publint", ["run", tarball, "--strict"]]];
    if (manifest.exports) checks.push(["attw", [tarball, "--profile", "esm-only", "--format", "ascii"]]);
    for (const [tool, args] of checks) {
      try {
        execFileSync(join("node_modules", ".bin", tool), args, { encoding: "utf8", stdio: "pipe" });
        console.log(`${manifest.name}: ${tool} ok`);
      } catch (error) {
        failed += 1;
        console.error(`${manifest.name}: ${tool} complains\n${error.stdout}${error.stderr}`);
      }
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

function declarationsIn(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".d.ts"));
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
