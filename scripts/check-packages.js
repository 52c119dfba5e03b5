// Packs every public package as npm would publish it and looks at the tarball: publint for what is inside, attw for whether
// TypeScript and Node resolve each entry of its exports.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
