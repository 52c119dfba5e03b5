import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import root from "../../vitest.config.js";

// Another release than the newest is there for the behaviour suite.
const isReduced = (process.env.OTTLA_KAFKA_RELEASE ?? "4.3") !== "4.3";

// A cluster of three on two cores: one file at a time, with patience.
const patience = { maxWorkers: 1, testTimeout: 120_000, hookTimeout: 180_000 };
const ownCluster = ["test/kafka/rolling.kafka.ts"];

const kafka = {
  extends: true as const,
  test: {
    ...patience,
    name: "kafka",
    include: ["test/client/behaviour/*.test.ts", "test/kafka/**/*.kafka.ts"],
    exclude: ownCluster,
    globalSetup: fileURLToPath(new URL("cluster-setup.ts", import.meta.url)),
    sequence: { groupOrder: 0 },
  },
};

// What is measured there must not share the machine with an idle cluster; alone it starts only its own.
const rolling = {
  extends: true as const,
  test: { ...patience, name: "rolling", include: ownCluster, sequence: { groupOrder: 1 } },
};

export default mergeConfig(
  { ...root, test: {} },
  defineConfig({
    test: {
      ...patience,
      // It names each case, and says why one is skipped.
      reporters: ["verbose"],
      projects: isReduced ? [kafka] : [kafka, rolling],
    },
  }),
);
