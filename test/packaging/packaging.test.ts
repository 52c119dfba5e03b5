import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundling, bundle } from "./bundles.js";
import { documentedImports } from "./documented-imports.js";
import { entriesDo, peersOfEntries } from "./entries.js";
import { PackedProject } from "./packed-project.js";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce((sum, name) => {
    const stat = statSync(join(folder, name));
    return stat.isFile() ? sum + stat.size : sum;
  }, 0);

describe("the packed tarballs", () => {
  let project: PackedProject;
  beforeAll(() => {
    project = new PackedProject();
    for (const name of ["libsql", ...peersOfEntries]) project.link(name);
  });
  afterAll(() => project?.remove());

  it.each(["world", "protocol", "broker", "client", "schema-registry", "outbox", "kafkajs", "schema-check", "testing"])(
    "hold what a reader of @ottla/%s needs, and no source",
    (name) => {
      expect([...project.contents(`@ottla/${name}`)].sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    },
  );

  it("run nothing when they are installed, nor does what they depend on: no compiler, no download", () => {
    const modules = join(project.folder, "node_modules");
    const names = readdirSync(modules).flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : [name],
    );
    expect(names).toEqual(expect.arrayContaining(["@ottla/client", "@ottla/outbox", "avsc"]));
    for (const name of names.filter((each) => each !== "libsql")) {
      const { scripts = {} } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
      const run = ["preinstall", "install", "postinstall"].filter((script) => script in scripts);
      expect({ name, run, isNative: existsSync(join(modules, name, "binding.gyp")) }).toEqual({
        name,
        run: [],
        isNative: false,
      });
    }
  });

  it("have every path and name that a README or a guide imports", () => {
    project.link("@types/node");
    const imports = [...documentedImports()];
    expect(imports.length).toBeGreaterThan(10);
    const files = imports.map(([path, names], index) => {
      const file = `documented-${index}.mts`;
      writeFileSync(join(project.folder, file), `export { ${[...names].join(", ")} } from "${path}";\n`);
      return file;
    });
    const options = ["--noEmit", "--skipLibCheck", "--module", "node16", "--target", "es2022", "--types", "node"];
    expect(project.tool("tsc", [...files, ...options])).toBe("");
    const resolve = `for (const path of ${JSON.stringify(imports.map(([path]) => path))}) import.meta.resolve(path);`;
    project.node(["--input-type=module", "--eval", resolve]);
  });

  it("serve in a worker thread: a client, its codecs and its end", () => {
    project.add("worker-thread");
    expect(project.node(["worker-thread/main.mjs"]).trim().split("\n")).toEqual([
      "none gzip snappy lz4 zstd",
      "ended with 0",
    ]);
  });

  it("are loaded by require() from CommonJS", () => {
    project.add("common-js");
    expect(project.node(["common-js/main.cjs"]).trim()).toBe("o-1 1250, o-1 2500");
  });

  it.each(["main.cjs", "main.mjs"])("are loaded entry by entry (%s)", (main) => {
    project.add("entries");
    expect(JSON.parse(project.node([join("entries", main)]))).toEqual(entriesDo);
  });

  it("make an installation of less than 5 MB of @ottla/client, which runs no scripts", () => {
    const modules = project.install("@ottla/client");
    const { packages } = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")) as Lock;
    expect(Object.keys(packages).sort()).toEqual(
      ["client", "protocol", "world"].map((name) => `node_modules/@ottla/${name}`),
    );
    expect(Object.values(packages).filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
    expect(bytesIn(modules)).toBeLessThan(5 * 1024 * 1024);
  });

  describe.each(["node16", "nodenext"])("in a TypeScript project with module %s", (module) => {
    const compiled = `typescript/${module}`;
    beforeAll(() => {
      project.link("@types/node");
      project.add("typescript");
      project.tool("tsc", ["-p", "typescript", "--module", module, "--outDir", compiled]);
    });

    it("compile, declarations included, and run from an ES module", () => {
      expect(project.node([`${compiled}/main.js`]).trim()).toBe("o-1 1250, o-1 2500");
    });

    it("compile and run from CommonJS", () => {
      expect(project.node([`${compiled}/main.cjs`]).trim()).toBe('{"id":"o-1","cents":1250}');
    });
  });

  describe("bundled", () => {
    beforeAll(() => {
      project.add("bundled");
      project.add("typescript");
    });

    it.each<Bundling>([
      { bundler: "esbuild", format: "cjs" },
      { bundler: "esbuild", format: "esm" },
      { bundler: "rollup", format: "cjs" },
      { bundler: "rollup", format: "esm" },
    ])("by $bundler as $format, the client needs nothing beside the bundle", async (given) => {
      const { file, imports } = await bundle(project.folder, given);
      expect(imports).toEqual(["@ottla/broker"]);
      expect(project.node([file]).trim()).toBe("orders: 1250, measured");
    });

    const banner =
      "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";
    it.each([
      { format: "cjs", file: "bundle/service.cjs", start: "" },
      { format: "esm", file: "bundle/service.mjs", start: banner },
    ] as const)("run in one file that esbuild made (format $format, by docs/bundling.md)", async (given) => {
      await build({
        absWorkingDir: project.folder,
        entryPoints: ["typescript/main.ts"],
        bundle: true,
        platform: "node",
        target: "node20",
        format: given.format,
        external: ["libsql"],
        outfile: given.file,
        banner: { js: given.start },
        logOverride: { "empty-import-meta": "silent" },
      });
      expect(project.node([given.file]).trim()).toBe("o-1 1250, o-1 2500");
    });
  });

  describe("with a compacted topic", () => {
    beforeAll(() => project.add("compaction"));

    it("compact it in a worker thread, which is gone when the broker is closed", () => {
      expect(project.node(["compaction/main.mjs"]).trim()).toBe("57 58 59: in a thread, 0 left");
    });

    it.each([
      { title: "in a thread, from CommonJS", format: "cjs", packages: "external", where: "in a thread" },
      {
        title: "on the event loop, in one file of CommonJS",
        format: "cjs",
        packages: "bundle",
        where: "on the event loop",
      },
      { title: "on the event loop, in one file", format: "esm", packages: "bundle", where: "on the event loop" },
    ] as const)("compact it $title", async ({ format, packages, where }) => {
      const outfile = `compaction/${packages}.${format === "cjs" ? "cjs" : "mjs"}`;
      await build({
        absWorkingDir: project.folder,
        entryPoints: ["compaction/main.mjs"],
        bundle: true,
        platform: "node",
        target: "node20",
        format,
        packages,
        outfile,
        logOverride: { "empty-import-meta": "silent" },
      });
      expect(project.node([outfile]).trim()).toBe(`57 58 59: ${where}, 0 left`);
    });
  });

  it("run under Jest by the recipe of docs/jest.md", () => {
    project.add("jest");
    const env = { NODE_OPTIONS: "--experimental-vm-modules --no-warnings" };
    const report = JSON.parse(project.tool("jest", ["--json"], { within: "jest", env }));
    expect(report).toMatchObject({ success: true, numPassedTests: 4, numTotalTests: 4 });
  });

  it("run under Jest in tests that are CommonJS", () => {
    project.add("jest-common-js");
    const env = { NODE_OPTIONS: "--experimental-vm-modules --no-warnings" };
    const report = JSON.parse(project.tool("jest", ["--json"], { within: "jest-common-js", env }));
    expect(report).toMatchObject({ success: true, numPassedTests: 2, numTotalTests: 2 });
  });

  it("run under vitest", () => {
    project.link("vitest");
    project.add("vitest");
    const report = JSON.parse(project.tool("vitest", ["run"], { within: "vitest" }));
    expect(report).toMatchObject({ success: true, numPassedTests: 2, numTotalTests: 2 });
  });
});
