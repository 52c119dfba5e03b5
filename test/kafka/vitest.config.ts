import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import root from "../../vitest.config.js";

// A cluster of three on two cores: one file at a time, with patience.
export default mergeConfig(
  { ...root, test: {} },
  defineConfig({
    test: {
      include: ["test/client/behaviour/*.test.ts", "test/kafka/**/*.kafka.ts"],
      globalSetup: fileURLToPath(new URL("cluster-setup.ts", import.meta.url)),
      maxWorkers: 1,
      testTimeout: 120_000,
      hookTimeout: 180_000,
    },
  }),
);
