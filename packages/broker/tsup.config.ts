import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/ottla-broker-worker.ts"],
  format: "esm",
  target: "node20",
  dts: { entry: "src/index.ts", compilerOptions: { ignoreDeprecations: "6.0" } },
  splitting: false,
  clean: true,
});
