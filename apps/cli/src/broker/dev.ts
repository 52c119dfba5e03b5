import { performance } from "node:perf_hooks";
import type { RegistryServer } from "@ottla/schema-registry/server";
import type { Terminal } from "../terminal/terminal.js";
import { type BrokerCommandOptions, startBroker } from "./start-broker.js";
import { untilAborted } from "./until-aborted.js";

interface DevOptions extends BrokerCommandOptions {
  readonly registryPort?: number;
  /** False with `--no-registry`. */
  readonly registry: boolean;
}

const defaultFolder = "./.ottla";
const defaultRegistryPort = 8081;

/** `ottla dev`: all that development needs in one process, until Ctrl-C. */
export async function dev(terminal: Terminal, options: DevOptions): Promise<void> {
  const folder = options.data ?? defaultFolder;
  const running = await startBroker(terminal, withQuickGroups(options), folder);
  let registry: RegistryServer | undefined;
  try {
    const kept = options.memory ? "in memory" : `data ${folder}   durability ${options.durability ?? "sync"}`;
    await terminal.write(`  broker     ${running.bootstrap}      ${kept}\n`);
    if (options.registry) {
      registry = await startRegistry(terminal, running.bootstrap, options);
      await terminal.write(`  registry   ${registry.url}\n`);
    }
    await terminal.write(`ready in ${Math.round(performance.now())} ms · Ctrl-C to stop\n`);
    await untilAborted(terminal.signal);
  } finally {
    await registry?.close();
    await running.close();
  }
}

/** Loaded when the broker serves: nobody who wants a broker waits for the registry's code. */
async function startRegistry(terminal: Terminal, bootstrap: string, options: DevOptions): Promise<RegistryServer> {
  const { startDevRegistry } = await import("../registry/dev-registry.js");
  const port = options.registryPort ?? (options.port === 0 ? 0 : defaultRegistryPort);
  return startDevRegistry(terminal, bootstrap, port);
}

// Nobody who develops wants to wait three seconds for a group's second member that is not there.
const withQuickGroups = (options: DevOptions): DevOptions => ({
  ...options,
  config: ["group.initial.rebalance.delay.ms=0", ...options.config],
});
