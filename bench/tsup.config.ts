import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    main: "src/main.ts",
    broker: "src/broker.process.ts",
    registry: "src/registry.process.ts",
    sink: "src/client/sink.process.ts",
  },
  format: "esm",
  target: "node20",
  clean: true,
});
