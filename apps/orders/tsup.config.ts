import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    main: "src/main.ts",
    broker: "src/broker/broker.process.ts",
    registry: "src/registry/registry.process.ts",
    shop: "src/shop/shop.process.ts",
    relay: "src/relay/relay.process.ts",
    billing: "src/billing/billing.process.ts",
  },
  format: "esm",
  target: "node20",
  clean: true,
});
