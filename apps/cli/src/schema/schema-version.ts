import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/** Reads a version: a number from 1, or `latest`. */
export function schemaVersionOf(text: string): number | "latest" {
  if (text === "latest") return text;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new CommandError(`"${text}" is not a version`, {
    hint: "A version is a number from 1, or latest.",
    exitCode: exitCodes.usage,
  });
}
