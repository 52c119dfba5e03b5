import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../packaging/bundles.js";
import { entriesDo, peersOfEntries } from "../../packaging/entries.js";
import { PackedProject } from "../../packaging/packed-project.js";
import { type NpmFolder, npmFolder } from "../npm-folder.js";

const home = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A file of an installed package; skips the test, with the reason, where npm could not install it. */
function fileOf(installed: NpmFolder, path: string, skip: (why: string) => never): string {
  return "missing" in installed ? skip(installed.missing) : join(installed.folder, "node_modules", path);
}

let project: PackedProject;
beforeAll(() => {
  project = new PackedProject();
  for (const name of ["libsql", "@types/node", ...peersOfEntries]) project.link(name);
  for (const fixture of ["common-js", "entries", "bundled", "typescript"]) project.add(fixture);
});
afterAll(() => project?.remove());

describe.each(["20", "22", "24", "26"])("the packed tarballs on Node %s", (release) => {
  let nodes: NpmFolder;
  beforeAll(() => {
    nodes = npmFolder(home("node"));
  }, 200_000);
  const binary = (skip: (why: string) => never): string => fileOf(nodes, `node-${release}/bin/node`, skip);

  it("run on that Node", ({ skip }) => {
    const version = project.node(["--version"], { binary: binary(skip) });
    expect(version).toMatch(new RegExp(`^v${release}\\.`));
  });

  it.for(["main.cjs", "main.mjs"])("are loaded entry by entry (%s)", (main, { skip }) => {
    const printed = project.node([join("entries", main)], { binary: binary(skip) });
    expect(JSON.parse(printed)).toEqual(entriesDo);
  });

  it("are loaded by require(), the broker, the registry's formats and the outbox too", ({ skip }) => {
    const printed = project.node(["common-js/main.cjs"], { binary: binary(skip) });
    expect(printed.trim()).toBe("o-1 1250, o-1 2500");
  });

  it.for([
    { bundler: "esbuild", format: "cjs" },
    { bundler: "rollup", format: "esm" },
  ] as const)("run in a bundle by $bundler as $format", async (bundling, { skip }) => {
    const running = binary(skip);
    const { file } = await bundle(project.folder, bundling);
    expect(project.node([file], { binary: running }).trim()).toBe("orders: 1250, measured");
  });
});

// Without main.cts: to name the mode in which a CommonJS file takes an ES module's types, TypeScript has a syntax from 5.3 on.
it.for(["node16", "nodenext"])(
  "TypeScript 5.2 takes the declarations, module %s",
  { timeout: 200_000 },
  (module, { skip }) => {
    const compiler = fileOf(npmFolder(home("typescript")), "typescript/lib/tsc.js", skip);
    const compiled = `typescript/5.2-${module}`;
    project.node([compiler, "-p", "typescript/tsconfig.esm.json", "--module", module, "--outDir", compiled]);
    expect(project.node([`${compiled}/main.js`]).trim()).toBe("o-1 1250, o-1 2500");
  },
);
