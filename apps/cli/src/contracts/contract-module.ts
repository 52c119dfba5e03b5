import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Topic } from "@ottla/client";
import { CommandError } from "../command-error.js";

/**
 * The topics that a module exports, alone or in arrays, in the order of its exports; or those under one name.
 *
 * @throws {@link CommandError}
 */
export async function contractsIn(file: string, name?: string): Promise<readonly Topic[]> {
  const exported = await load(file);
  const found = (name === undefined ? Object.values(exported) : [exported[name]]).flat().filter(isTopic);
  if (found.length > 0) return [...new Set(found)];
  throw new CommandError(`${file}: it exports no topic${name === undefined ? "" : ` as "${name}"`}`, {
    hint: 'For example: export const orders = topic("orders", { value: json<Order>() });',
  });
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(resolve(file)).href);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION" && isTypeScript(file)) {
      throw new CommandError(`${file}: Node ${process.versions.node} does not run TypeScript`, {
        hint: 'Node does from 22.18 on; with tsx installed here, NODE_OPTIONS="--import tsx" lets an older one.',
        cause,
      });
    }
    // Node takes types away, and nothing else: it finds no "./order.js" that is "./order.ts", and has no enums.
    const hint = isTypeScript(file) ? { hint: 'With tsx installed here, NODE_OPTIONS="--import tsx" may help.' } : {};
    throw new CommandError(`${file}: ${message}`, { ...hint, cause });
  }
}

const isTypeScript = (file: string): boolean => /\.[cm]?tsx?$/.test(file);

/** By shape: the module's client is the service's own, and not the one of this command. */
function isTopic(value: unknown): value is Topic {
  if (typeof value !== "object" || value === null) return false;
  const { name, value: serde, tombstones } = value as { name?: unknown; value?: unknown; tombstones?: unknown };
  return typeof name === "string" && typeof tombstones === "boolean" && typeof Object(serde).serialize === "function";
}
