import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "node-sqlite": "src/node-sqlite/index.ts",
    libsql: "src/libsql/index.ts",
    "better-sqlite3": "src/better-sqlite3/index.ts",
    pg: "src/pg/index.ts",
    "postgres-js": "src/postgres-js/index.ts",
    drizzle: "src/drizzle/index.ts",
  },
  format: "esm",
  target: "node20",
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
  clean: true,
});
