import { KafkaAuthenticationError } from "@ottla/client";
import { RegistryStartError } from "@ottla/schema-registry/server";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/** Why a registry did not start, with what to do about it. `portOption` names the option that moves it. */
export function explainedStart(cause: unknown, portOption: string): unknown {
  if (!(cause instanceof RegistryStartError)) return cause;
  if (cause.cause instanceof KafkaAuthenticationError) return cause.cause;
  const message = `schema registry: ${cause.message}`;
  switch (cause.code) {
    case "ADDRESS_IN_USE":
    case "ADDRESS_REFUSED":
      return new CommandError(message, { hint: `Choose another port: ${portOption} 0 takes a free one.`, cause });
    case "STORE_UNREACHABLE":
      return new CommandError(message, {
        hint: "Is a broker running there? `ottla dev` starts one; --bootstrap names another.",
        exitCode: exitCodes.unreachable,
        cause,
      });
    case "INVALID_OPTIONS":
      return new CommandError(message, { exitCode: exitCodes.usage, cause });
    case "UNFIT_TOPIC":
      return new CommandError(message, { hint: "--topic names another one, which is made as it must be.", cause });
  }
}
