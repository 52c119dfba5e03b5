import { stepText } from "@ottla/client";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type ChangeOptions, plain, withContracts } from "./with-contracts.js";

/** `ottla contracts plan`. */
export function planContracts(terminal: Terminal, options: ChangeOptions): Promise<void> {
  const { replicationFactor, json } = options;
  return withContracts(terminal, options, async (kafka, contracts) => {
    const { signal } = terminal;
    const { steps, problems } = await kafka.contracts.plan(contracts, { signal, replicationFactor });
    for (const step of steps) {
      await terminal.write(json ? jsonLine({ step }) : `  + topic ${step.topic}: ${stepText(step)}\n`);
    }
    for (const problem of problems) {
      await terminal.write(json ? jsonLine({ problem: plain(problem) }) : `  ✗ ${problem.message}\n`);
    }
    if (steps.length + problems.length === 0) terminal.note("nothing to do");
    return problems.length === 0;
  });
}
