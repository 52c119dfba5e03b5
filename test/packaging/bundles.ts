import { isBuiltin } from "node:module";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";

/** Which bundler makes which kind of file. */
export interface Bundling {
  readonly bundler: "esbuild" | "rollup";
  readonly format: "cjs" | "esm";
}

/** A bundle in a project, and the modules that it still loads by name, beside Node's own. */
export interface Bundle {
  readonly file: string;
  readonly imports: readonly string[];
}

const external = ["@ottla/broker"];

/** Makes one file of the fixture `bundled`, all but the broker in it. */
export async function bundle(folder: string, { bundler, format }: Bundling): Promise<Bundle> {
  const file = `bundled/${bundler}.${format === "cjs" ? "cjs" : "mjs"}`;
  const imports = bundler === "esbuild" ? await byEsbuild(folder, file, format) : await byRollup(folder, file, format);
  return { file, imports: imports.filter((name) => !isBuiltin(name)) };
}

async function byEsbuild(folder: string, file: string, format: Bundling["format"]): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: ["bundled/main.mjs"],
    bundle: true,
    platform: "node",
    target: "node20",
    format,
    external,
    outfile: file,
    metafile: true,
    logOverride: { "empty-import-meta": "silent" },
  });
  return metafile.outputs[file]?.imports.map(({ path }) => path) ?? [];
}

async function byRollup(folder: string, file: string, format: Bundling["format"]): Promise<readonly string[]> {
  const made = await rollup({
    input: join(folder, "bundled/main.mjs"),
    external,
    plugins: [nodeResolve({ preferBuiltins: true })],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  const { output } = await made.write({ file: join(folder, file), format, inlineDynamicImports: true });
  await made.close();
  return output[0].imports;
}
