import { defineConfig, mergeConfig } from "vitest/config";
import root from "../../vitest.config.js";

export default mergeConfig(
  { ...root, test: {} },
  defineConfig({
    test: {
      include: ["test/interop/**/*.interop.ts", "test/conformance/*.interop.ts"],
      maxWorkers: 2,
      testTimeout: 30_000,
      hookTimeout: 90_000,
    },
  }),
);
