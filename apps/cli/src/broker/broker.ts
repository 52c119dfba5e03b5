import type { Terminal } from "../terminal/terminal.js";
import { type BrokerCommandOptions, startBroker } from "./start-broker.js";
import { untilAborted } from "./until-aborted.js";

/** `ottla broker`: a broker until it is told to stop. Its address is the one line of its output. */
export async function broker(terminal: Terminal, options: BrokerCommandOptions): Promise<void> {
  const running = await startBroker(terminal, options, options.data ?? "./ottla-data");
  try {
    await terminal.write(`${running.bootstrap}\n`);
    await untilAborted(terminal.signal);
  } finally {
    await running.close();
  }
}
