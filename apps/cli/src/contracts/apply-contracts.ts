import { ContractError, type ContractOutcome, type ContractProblem, stepText } from "@ottla/client";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type ChangeOptions, plain, withContracts } from "./with-contracts.js";

/** `ottla contracts apply`. */
export function applyContracts(terminal: Terminal, options: ChangeOptions): Promise<void> {
  const { replicationFactor, json } = options;
  const show = async (outcomes: readonly ContractOutcome[], problems: readonly ContractProblem[]): Promise<void> => {
    for (const { step, error } of outcomes) {
      if (error === undefined) {
        await terminal.write(json ? jsonLine({ step }) : `  ✓ topic ${step.topic}: ${stepText(step)}\n`);
      }
    }
    for (const problem of problems) {
      await terminal.write(json ? jsonLine({ problem: plain(problem) }) : `  ✗ ${problem.message}\n`);
    }
  };
  return withContracts(terminal, options, async (kafka, contracts) => {
    try {
      const { signal } = terminal;
      const outcomes = await kafka.contracts.apply(contracts, { signal, replicationFactor });
      await show(outcomes, []);
      if (outcomes.length === 0) terminal.note("nothing to do");
      return true;
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      await show(error.outcomes, error.problems);
      if (error.outcomes.length === 0) terminal.note("nothing was changed");
      return false;
    }
  });
}
