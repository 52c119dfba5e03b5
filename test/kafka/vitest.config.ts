import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import root from "../../vitest.config.js";

// A cluster of three on two cores: one file at a time, with patience.
const patience = { maxWorkers: 1, testTimeout: 120_000, hookTimeout: 180_000 };
const ownCluster = ["test/kafka/rolling.kafka.ts"];

export default mergeConfig(
  { ...root, test: {} },
  defineConfig({
    test: {
      ...patience,
      projects: [
        {
          extends: true,
          test: {
            ...patience,
            name: "kafka",
            include: ["test/client/behaviour/*.test.ts", "test/kafka/**/*.kafka.ts"],
            exclude: ownCluster,
            globalSetup: fileURLToPath(new URL("cluster-setup.ts", import.meta.url)),
            sequence: { groupOrder: 0 },
          },
        },
        // What is measured there must not share the machine with an idle cluster; alone it starts only its own.
        { extends: true, test: { ...patience, name: "rolling", include: ownCluster, sequence: { groupOrder: 1 } } },
      ],
    },
  }),
);
