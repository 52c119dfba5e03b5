import type { Command } from "commander";
import { collect, examples, profileOption, withRegistry } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

/** Makes a command `schema check`: one of the CLI's, or a program of its own. */
export function addSchemaCheck(command: Command, terminal: Terminal): Command {
  return withRegistry(command, "none")
    .description("judge the schemas of a manifest against what they were before: in git, in a folder, or at a registry")
    .option("--manifest <file>", "the subjects, with their files and rules", "ottla.schemas.json")
    .option(
      "--against <ref>",
      "a branch or commit; what the CI system merges into when not given, else the default branch",
    )
    .option("--versions <folder>", "compare with <folder>/<subject>/<version>.avsc in place of git")
    .addOption(profileOption())
    .option("--format <format>", "how to print: text, json, github, sarif or junit", "text")
    .option("--report <format=file>", "write a report to a file as well; may be repeated", collect, [])
    .addHelpText(
      "after",
      `\nA registry is asked only where --registry names one.\nExit status: 0 compatible, 1 incompatible, 2 could not check.${examples(
        "ottla schema check --against origin/main",
        "ottla schema check --format github --report sarif=schemas.sarif",
      )}`,
    )
    .action(async (options) => (await import("./check-schemas.js")).checkSchemas(terminal, options));
}
