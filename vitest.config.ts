import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^@ottla\/(world|protocol|broker|client|schema-registry|outbox|kafkajs|schema-check|testing|postgres-launcher)$/,
        replacement: `${source("$1")}/src/index.ts`,
      },
      {
        find: /^@ottla\/(client|schema-registry|outbox|kafkajs)\/(.+)$/,
        replacement: `${source("$1")}/src/$2/index.ts`,
      },
    ],
  },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/interop/**"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
