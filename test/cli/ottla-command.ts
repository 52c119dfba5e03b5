import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Child } from "../kit/child.js";
import { nodeBinary } from "../kit/node-binary.js";

export const command = fileURLToPath(new URL("../../apps/cli/bin/ottla.js", import.meta.url));
export const isBuilt = existsSync(fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url)));

/** Runs the command to its end. */
export async function ottla(
  args: readonly string[],
  { input, env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const child = new Child(nodeBinary, [command, ...args], {
    input: input !== undefined,
    env: { OTTLA_BOOTSTRAP: "127.0.0.1:1", OTTLA_REGISTRY: "", ...env },
  });
  if (input !== undefined) {
    child.write(input);
    child.endInput();
  }
  const status = await child.ended();
  return { status, lines: child.lines, errors: child.errors };
}
