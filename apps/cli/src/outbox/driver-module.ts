import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * A database driver: the one that the folder here has, which is the service's own; else one that is installed beside
 * this command. Undefined where there is none, or where it cannot be loaded.
 */
export function driverModule(name: string): unknown {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      return createRequire(from)(name);
    } catch {
      // Not there, or for another Node: the next one may do.
    }
  }
  return undefined;
}
