import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/** An address under a listener's name, as in Kafka's `listeners` and `advertised.listeners`. */
export interface NamedAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `NAME://host:port,NAME://host:port`. An IPv6 host stands in brackets; an empty host is every interface.
 *
 * @throws {@link CommandError} naming the part that does not fit.
 */
export function parseListeners(option: string, text: string): readonly NamedAddress[] {
  return text.split(",").map((part) => {
    const match = /^([A-Z][A-Z0-9_]*):\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(part.trim());
    const port = Number(match?.[4]);
    if (match === null || port > 65_535) {
      throw new CommandError(`${option}: "${part}" is not NAME://host:port`, {
        hint: "For example: PLAINTEXT://127.0.0.1:9092,DOCKER://0.0.0.0:9093",
        exitCode: exitCodes.usage,
      });
    }
    return { name: match[1] ?? "", host: match[2] ?? (match[3] || "0.0.0.0"), port };
  });
}
