import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentedImports } from "./documented-imports.js";
import { PackedProject } from "./packed-project.js";

describe("the packed tarballs", () => {
  let project: PackedProject;
  beforeAll(() => {
    project = new PackedProject();
    project.link("libsql");
  });
  afterAll(() => project?.remove());

  it.each(["world", "protocol", "broker", "client", "schema-registry", "outbox", "kafkajs", "testing"])(
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

  describe("in a TypeScript project with module node16", () => {
    beforeAll(() => {
      project.link("@types/node");
      project.add("node16");
      project.tool("tsc", ["-p", "node16"]);
    });

    it("compile, declarations included, and run from an ES module", () => {
      expect(project.node(["node16/dist/main.js"]).trim()).toBe("o-1 1250, o-1 2500");
    });

    it("compile and run from CommonJS", () => {
      expect(project.node(["node16/dist/main.cjs"]).trim()).toBe('{"id":"o-1","cents":1250}');
    });

    const banner =
      "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";
    it.each([
      { format: "cjs", file: "bundle/service.cjs", start: "" },
      { format: "esm", file: "bundle/service.mjs", start: banner },
    ] as const)("run in one file that esbuild made (format $format, by docs/bundling.md)", async (given) => {
      await build({
        absWorkingDir: project.folder,
        entryPoints: ["node16/main.ts"],
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
});
