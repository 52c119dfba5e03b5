import { SchemaRegistry, type SchemaRegistryOptions } from "@ottla/schema-registry";
import { type ConnectionFlags, connectionOf } from "../connection/connection.js";

export interface RegistryOptions extends ConnectionFlags {
  readonly json?: true;
}

const defaultRegistryUrl = "http://127.0.0.1:8081";

/** The registry that the flags, the environment or a profile name; undefined where none does. */
export function namedRegistry(
  options: ConnectionFlags,
  more: Pick<SchemaRegistryOptions, "autoRegister"> = {},
): SchemaRegistry | undefined {
  const { registry } = connectionOf(options);
  if (registry === undefined) return undefined;
  const { urls, auth } = registry;
  return new SchemaRegistry(urls, { ...more, ...(auth && { auth }) });
}

/** The registry that is named, else the one of `ottla dev`. */
export const registryOf = (
  options: ConnectionFlags,
  more: Pick<SchemaRegistryOptions, "autoRegister"> = {},
): SchemaRegistry => namedRegistry(options, more) ?? new SchemaRegistry(defaultRegistryUrl, more);
