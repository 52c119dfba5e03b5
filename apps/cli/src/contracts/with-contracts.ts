import type { ContractProblem, ContractStep, Kafka, Topic } from "@ottla/client";
import { withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import type { ConnectionFlags } from "../connection/connection.js";
import { present } from "../present-error.js";
import { registryOf } from "../schema/with-registry.js";
import type { Terminal } from "../terminal/terminal.js";
import { contractsIn } from "./contract-module.js";

export interface ContractOptions extends ConnectionFlags {
  readonly module: string;
  readonly json?: true;
}

export interface ChangeOptions extends ContractOptions {
  readonly replicationFactor?: number;
}

/** As the help of the commands says. */
const contractExitCodes = { notMet: 1, couldNotTell: 2 } as const;

/** Runs `work` on the module's contracts; it answers whether they are, or could be, met. */
export async function withContracts(
  terminal: Terminal,
  options: ContractOptions,
  work: (kafka: Kafka, contracts: readonly Topic[]) => Promise<boolean>,
): Promise<void> {
  let isMet: boolean;
  try {
    const contracts = await contractsIn(options.module);
    isMet = await withKafka(terminal, options, (kafka) => work(kafka, contracts), registryOf(options));
  } catch (cause) {
    if (terminal.signal.aborted) throw cause;
    const [first = "", ...rest] = present(cause).lines;
    throw new CommandError(first.replace(/^ottla: /, ""), {
      ...(rest.length > 0 && { hint: rest.join("\n").trim() }),
      exitCode: contractExitCodes.couldNotTell,
      cause,
    });
  }
  if (!isMet) process.exitCode = contractExitCodes.notMet;
}

/** A problem, or a step with what became of it, as JSON has it: errors are a code and a text. */
export function plain<T extends ContractProblem | { readonly step: ContractStep; readonly error?: Error }>(
  given: T,
): object {
  if (!("error" in given) || given.error === undefined) return given;
  const { code } = given.error as { readonly code?: unknown };
  return { ...given, error: { ...(code !== undefined && { code }), message: given.error.message } };
}
