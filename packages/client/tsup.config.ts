import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    opentelemetry: "src/opentelemetry/index.ts",
    prometheus: "src/prometheus/index.ts",
    "protobuf-es": "src/protobuf-es/index.ts",
  },
  format: "esm",
  target: "node20",
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
  clean: true,
});
