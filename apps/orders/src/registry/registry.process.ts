import { RegistryServer } from "@ottla/schema-registry/server";
import { stopSignal } from "../run/child-options.js";
import { tell } from "../run/messages.js";

interface RegistryProcessOptions {
  readonly bootstrap: string;
}

// Beside the broker, not in its process: it goes on serving schemas while the broker is dead.
const signal = stopSignal();
const { bootstrap } = JSON.parse(process.argv[2] ?? "{}") as RegistryProcessOptions;
const registry = await RegistryServer.start({ bootstrap, port: 0 });
tell({ kind: "ready", url: registry.url });
signal.addEventListener("abort", () => {
  registry.close().then(
    () => process.disconnect?.(),
    (error) => {
      console.error(error);
      process.exitCode = 1;
      process.disconnect?.();
    },
  );
});
