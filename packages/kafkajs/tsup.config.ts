import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", nest: "src/nest/index.ts" },
  format: "esm",
  target: "node20",
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
  clean: true,
});
