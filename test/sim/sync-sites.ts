import type { FileOperation, Verdict } from "./disk/sim-files.js";
import { SeededRandom } from "./seeded-random.js";

/** What a path is, without the names and numbers of one run. */
export function pathKind(path: string): string {
  const names = path.split("/").map((name) =>
    name
      .replace(/^\d{20}(\.\d+)?/, "<offset>")
      .replace(/-\d+$/, "-<partition>")
      .replace(/[\w-]{22}-delete$/, "<id>-delete")
      .replace(/^(?!__)[\w.]+-<partition>/, "<topic>-<partition>"),
  );
  return names.join("/");
}

/** Files that pass a sync on for others. */
const passedOnBy = /\/(open-files|sync-slots|write-atomically)\.[jt]s/;

/** Who asked for it: the innermost function of the packages, and where in its file. */
function caller(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const stack = new Error("where").stack ?? "";
  Error.stackTraceLimit = limit;
  const frames = stack.split("\n").filter((line) => line.includes("/packages/") && !line.includes("/packages/world/"));
  const frame = frames.find((line) => !passedOnBy.test(line)) ?? frames[0] ?? "";
  const [, name, file, line] = /at (?:async )?(.*?) ?\(?\S*\/([\w-]+)\.[jt]s:(\d+)/.exec(frame) ?? [];
  return `${file}:${line} ${name}`.trimEnd();
}

/** A place in the code that syncs something: `datasync /data/<topic>-<partition>/<offset>.log (log-folder:150 LogFolder.sync)`. */
export function siteOf({ kind, path }: FileOperation): string | undefined {
  if (kind !== "datasync" && kind !== "syncDirectory") return undefined;
  return `${kind} ${pathKind(path)} (${caller()})`;
}

/** Notes every site that syncs. */
export function recordSites(into: Set<string>): (operation: FileOperation) => Verdict {
  return (operation) => {
    const site = siteOf(operation);
    if (site !== undefined) into.add(site);
    return undefined;
  };
}

/** A store in whose code the call at one site is missing, and whose power goes soon after it would have been made, sometimes. */
export class MissingSync {
  readonly #site: string;
  readonly #random: SeededRandom;
  #left = Number.POSITIVE_INFINITY;

  constructor(site: string, seed: number) {
    this.#site = site;
    this.#random = new SeededRandom(seed);
  }

  readonly judge = (operation: FileOperation): Verdict => {
    if (siteOf(operation) !== this.#site) return undefined;
    if (this.#random.chance(0.4)) this.#left = this.#random.between(0, 15);
    return "skip";
  };

  readonly alsoDiesAt = (): boolean => {
    this.#left -= 1;
    return this.#left === -1;
  };
}
