import { CommandError } from "../command-error.js";

/** Ends the command when something of a call for several failed, naming each. */
export function throwIfFailed(outcomes: readonly { readonly error?: Error | undefined }[]): void {
  const failed = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error.message]));
  if (failed.length > 0) throw new CommandError(failed.join("\nottla: "));
}
