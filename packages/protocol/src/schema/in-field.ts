import { MalformedMessageError } from "../errors/malformed-message.js";

/**
 * The same error, its text saying in which field: `topics: array of 7 elements in 3 bytes` becomes
 * `responses.topics: array of …`, so that the outermost catch has the whole path.
 */
export function inField(
  error: unknown,
  name: string,
  separator = /^[\w.]+: /.test(messageOf(error)) ? "." : ": ",
): unknown {
  const text = `${name}${separator}${messageOf(error)}`;
  if (error instanceof MalformedMessageError) return new MalformedMessageError(text);
  if (error instanceof RangeError) return new RangeError(text, { cause: error.cause ?? error });
  if (error instanceof TypeError) return new TypeError(text, { cause: error.cause ?? error });
  return error;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
