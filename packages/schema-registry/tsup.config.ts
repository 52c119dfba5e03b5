import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    avro: "src/avro/index.ts",
    compatibility: "src/compatibility/index.ts",
    "json-schema": "src/json-schema/index.ts",
    protobuf: "src/protobuf/index.ts",
    server: "src/server/index.ts",
  },
  format: "esm",
  target: "node20",
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
  clean: true,
});
