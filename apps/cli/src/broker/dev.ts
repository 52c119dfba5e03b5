import { performance } from "node:perf_hooks";
import type { Terminal } from "../terminal/terminal.js";
import { type BrokerCommandOptions, startBroker } from "./start-broker.js";
import { untilAborted } from "./until-aborted.js";

const defaultFolder = "./.ottla";

/** `ottla dev`: all that development needs in one process, until Ctrl-C. */
export async function dev(terminal: Terminal, options: BrokerCommandOptions): Promise<void> {
  const folder = options.data ?? defaultFolder;
  const running = await startBroker(terminal, withQuickGroups(options), folder);
  try {
    const kept = options.memory ? "in memory" : `data ${folder}   durability ${options.durability ?? "sync"}`;
    await terminal.write(`  broker     ${running.bootstrap}      ${kept}\n`);
    await terminal.write(`ready in ${Math.round(performance.now())} ms · Ctrl-C to stop\n`);
    await untilAborted(terminal.signal);
  } finally {
    await running.close();
  }
}

// Nobody who develops wants to wait three seconds for a group's second member that is not there.
const withQuickGroups = (options: BrokerCommandOptions): BrokerCommandOptions => ({
  ...options,
  config: ["group.initial.rebalance.delay.ms=0", ...options.config],
});
