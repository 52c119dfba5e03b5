import { defineConfig } from "tsup";

export default defineConfig([
  { entry: ["src/main.ts"], format: "esm", target: "node20", clean: ["dist/*.js"] },
  {
    entry: { "schema-check": "src/schema-check.main.ts" },
    format: "cjs",
    target: "node20",
    noExternal: [/.*/],
    splitting: false,
    clean: false,
  },
]);
