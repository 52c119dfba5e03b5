import { ContractError } from "@ottla/client";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type ContractOptions, plain, withContracts } from "./with-contracts.js";

/** `ottla contracts verify`. */
export function verifyContracts(terminal: Terminal, options: ContractOptions): Promise<void> {
  return withContracts(terminal, options, async (kafka, contracts) => {
    try {
      await kafka.contracts.verify(contracts, { signal: terminal.signal });
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      for (const problem of error.problems) {
        await terminal.write(options.json ? jsonLine(plain(problem)) : `  ✗ ${problem.message}\n`);
      }
      return false;
    }
    if (!options.json) await terminal.write(contracts.map(({ name }) => `  ✓ topic ${name}\n`).join(""));
    return true;
  });
}
