import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseManifest } from "@ottla/schema-check";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { contractTexts } from "../schema/contract-texts.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla contracts export`: writes the schemas of contracts into the files that the manifest names. */
export async function exportContracts(
  terminal: Terminal,
  { manifest: manifestFile }: { readonly manifest: string },
): Promise<void> {
  if (!existsSync(manifestFile)) {
    throw new CommandError(`${manifestFile} is not there`, { exitCode: exitCodes.usage });
  }
  const { subjects } = parseManifest(readFileSync(manifestFile, "utf8"), manifestFile);
  const textOf = await contractTexts(manifestFile);
  for (const { subject, contract, file } of subjects.values()) {
    const text = contract === undefined ? undefined : textOf(contract, subject);
    if (text === undefined) continue;
    const path = resolve(dirname(manifestFile), file);
    const indented = withLines(text);
    const isThere = existsSync(path) && readFileSync(path, "utf8") === indented;
    if (!isThere) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, indented);
    }
    await terminal.write(`  ${isThere ? "=" : "✓"} ${subject}  ${file}\n`);
  }
}

/** JSON with line breaks, which a pull request shows change by change. Protobuf has its own. */
function withLines(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;
  } catch {
    return text;
  }
}
