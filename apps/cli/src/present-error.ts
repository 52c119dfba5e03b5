import { CommandError } from "./command-error.js";
import { exitCodes } from "./exit-codes.js";

interface Presented {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** An error as a person should read it: one line, a second one that says what to do where that is known, and the exit code. */
export function present(error: unknown): Presented {
  if (error instanceof CommandError) {
    const lines = [`ottla: ${error.message}`, ...(error.hint === undefined ? [] : [`  ${error.hint}`])];
    return { lines, exitCode: error.exitCode };
  }
  if (!(error instanceof Error)) return { lines: [`ottla: ${String(error)}`], exitCode: exitCodes.failed };
  if (error.name === "AbortError") return { lines: [], exitCode: exitCodes.interrupted };
  if (error.name === "KafkaConnectionError" || error.name === "KafkaTimeoutError") {
    const lines = [
      `ottla: ${error.message}`,
      "  Is a broker running there? `ottla dev` starts one; --bootstrap names another.",
    ];
    return { lines, exitCode: exitCodes.unreachable };
  }
  if (error.name === "KafkaAuthenticationError") {
    const help = "  --tls… and --sasl… (or OTTLA_TLS…, OTTLA_SASL…, a profile) say how to connect, and who asks.";
    return { lines: [`ottla: ${error.message}`, help], exitCode: exitCodes.failed };
  }
  if (error.name === "SchemaRegistryError") return presentRegistryError(error);
  return { lines: [`ottla: ${error.message}`], exitCode: exitCodes.failed };
}

function presentRegistryError(error: Error & { readonly code?: unknown }): Presented {
  const line = `ottla: ${error.message}`;
  if (error.code === "REGISTRY_UNREACHABLE") {
    const help = "  Is a schema registry running there? `ottla dev` starts one; --registry names another.";
    return { lines: [line, help], exitCode: exitCodes.unreachable };
  }
  if (error.code === "UNAUTHORIZED" || error.code === "FORBIDDEN") {
    const help = "  --registry-auth user:password or --registry-token say who asks.";
    return { lines: [line, help], exitCode: exitCodes.failed };
  }
  return { lines: [line], exitCode: exitCodes.failed };
}
