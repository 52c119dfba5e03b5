import { CommandError } from "./command-error.js";
import { exitCodes } from "./exit-codes.js";

/** Reads `--config name=value` options. A value may itself hold `=`. */
export function configPairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) {
        throw new CommandError(`--config: "${pair}" is not name=value`, {
          hint: "For example: --config retention.ms=604800000",
          exitCode: exitCodes.usage,
        });
      }
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
