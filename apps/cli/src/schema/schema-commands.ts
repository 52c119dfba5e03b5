import type { Command } from "commander";
import {
  collect,
  examples,
  jsonOption,
  profileOption,
  withConfirmation,
  withRegistry as withRegistryOptions,
} from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";
import { addSchemaCheck } from "./add-schema-check.js";

export function addSchemaCommands(program: Command, terminal: Terminal): void {
  const schema = program
    .command("schema")
    .description("check schemas against their history; register, compare, list, show and delete them at a registry");
  const withRegistry = (command: Command): Command =>
    withRegistryOptions(command, "http://127.0.0.1:8081").addOption(profileOption()).addOption(jsonOption());
  const withReferences = (command: Command): Command =>
    command.option(
      "--reference <name=subject:version>",
      "a type that the file uses and another subject defines; may be repeated",
      collect,
      [],
    );

  withReferences(withRegistry(schema.command("register <subject> <file>")))
    .description("register a schema as a subject's next version")
    .addHelpText("after", examples("ottla schema register orders-value schemas/order.avsc"))
    .action(async (subject, file, options) =>
      (await import("./register-schema.js")).registerSchema(terminal, subject, file, options),
    );

  withReferences(withRegistry(schema.command("compat <subject> <file>")))
    .description("ask a registry whether a schema may follow in a subject, and why not")
    .option("--against <version>", "one version, or latest; as many as the subject's level asks for when not given")
    .addHelpText(
      "after",
      `\nExit status: 0 compatible, 1 incompatible, 2 could not check.${examples("ottla schema compat orders-value schemas/order.avsc")}`,
    )
    .action(async (subject, file, options) =>
      (await import("./compare-schema.js")).compareSchema(terminal, subject, file, options),
    );

  addSchemaCheck(schema.command("check"), terminal);

  withRegistry(schema.command("list [prefix]"))
    .description("subjects with their versions, ids and levels")
    .option("--deleted", "subjects that were deleted softly too")
    .action(async (prefix, options) =>
      (await import("./list-schemas.js")).listSchemas(terminal, prefix ?? "", options),
    );

  withRegistry(schema.command("show <subject> [version]"))
    .description("print a schema: a subject's last version, or the one asked for")
    .addHelpText("after", examples("ottla schema show orders-value", "ottla schema show orders-value 2 --json"))
    .action(async (subject, version, options) =>
      (await import("./show-schema.js")).showSchema(terminal, subject, version ?? "latest", options),
    );

  withConfirmation(withRegistry(schema.command("delete <subject> [version]")))
    .description("delete a subject, or one of its versions: softly, and with --permanent what was deleted so before")
    .option("--permanent", "take away what was deleted softly: records written with it may become unreadable")
    .addHelpText(
      "after",
      examples("ottla schema delete orders-value 2 --dry-run", "ottla schema delete orders-value --permanent --yes"),
    )
    .action(async (subject, version, options) =>
      (await import("./delete-schema.js")).deleteSchema(terminal, subject, version, options),
    );
}
