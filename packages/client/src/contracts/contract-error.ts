import type { ContractProblem, ContractStep } from "./contract-problem.js";

/** What became of one step; `error` is set when it was not done. */
export interface ContractOutcome {
  readonly step: ContractStep;
  readonly error?: Error | undefined;
}

/** `CONTRACT_NOT_MET`: a cluster or a registry is not as the contracts say. `CONTRACT_NOT_APPLIED`: it could not be made so. */
export type ContractErrorCode = "CONTRACT_NOT_MET" | "CONTRACT_NOT_APPLIED";

/** Contracts that a cluster or a registry does not meet. The text has a line for each problem. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  readonly code: ContractErrorCode;
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly problems: readonly ContractProblem[];
  /** What was done all the same; none when nothing was begun. */
  readonly outcomes: readonly ContractOutcome[];

  constructor(
    code: ContractErrorCode,
    problems: readonly ContractProblem[],
    outcomes: readonly ContractOutcome[] = [],
  ) {
    super([`[${code}]`, ...problems.map(({ message }) => message)].join(problems.length === 1 ? " " : "\n  "));
    this.code = code;
    this.problems = problems;
    this.outcomes = outcomes;
  }
}
