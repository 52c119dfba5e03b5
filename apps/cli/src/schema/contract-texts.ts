import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { SubjectSchema, Topic } from "@ottla/client";
import { parseManifest } from "@ottla/schema-check";
import { CommandError } from "../command-error.js";
import { contractsIn } from "../contracts/contract-module.js";

/**
 * What the contracts that a manifest names say their subjects' schemas are. All of their modules are loaded first; none is
 * where the manifest names none.
 *
 * @throws {@link CommandError} for a module that cannot be loaded, or does not export what the manifest says.
 */
export async function contractTexts(
  manifestFile: string,
): Promise<(contract: string, subject: string) => string | undefined> {
  const schemas = new Map<string, readonly SubjectSchema[]>();
  for (const contract of contractsOf(manifestFile)) {
    const [module = "", name = ""] = contract.split("#");
    const topics = await contractsIn(resolve(dirname(manifestFile), module), name);
    const of = ({ name: topic, key, value }: Topic): readonly SubjectSchema[] => [
      ...(key.schemas?.({ topic, part: "key" }) ?? []),
      ...(value.schemas?.({ topic, part: "value" }) ?? []),
    ];
    schemas.set(contract, topics.flatMap(of));
  }
  return (contract, subject) => {
    const own = schemas.get(contract) ?? [];
    const found = own.find((schema) => schema.subject === subject);
    if (found !== undefined) return found.schema;
    const others = own.map((schema) => schema.subject).join(", ");
    throw new CommandError(`${contract} has no schema for ${subject}`, {
      hint: others === "" ? "Its serdes have no schemas." : `It has one for ${others}.`,
    });
  };
}

function contractsOf(manifestFile: string): ReadonlySet<string> {
  // The check itself says what is wrong with a manifest that is not there.
  if (!existsSync(manifestFile)) return new Set();
  const { subjects } = parseManifest(readFileSync(manifestFile, "utf8"), manifestFile);
  return new Set([...subjects.values()].flatMap(({ contract }) => contract ?? []));
}
