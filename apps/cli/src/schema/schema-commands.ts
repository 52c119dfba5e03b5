import type { Command } from "commander";
import { CommandError } from "../command-error.js";
import {
  collect,
  examples,
  jsonOption,
  profileOption,
  withConfirmation,
  withRegistry as withRegistryOptions,
} from "../command-options.js";
import { exitCodes } from "../exit-codes.js";
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

  withReferences(withRegistry(schema.command("register [subject] [file]")))
    .description("register a schema as a subject's next version, or all that a manifest names when none is given")
    .option("--manifest <file>", "the subjects, with their files", "ottla.schemas.json")
    .option("--dry-run", "say what would be registered from the manifest, and do nothing")
    .addHelpText(
      "after",
      examples("ottla schema register orders-value schemas/order.avsc", "ottla schema register --dry-run"),
    )
    .action(async (subject, file, options) => {
      if (subject === undefined) {
        return (await import("./register-declared.js")).registerDeclared(terminal, options);
      }
      if (file === undefined) throw new CommandError(`${subject}: its file is missing`, { exitCode: exitCodes.usage });
      return (await import("./register-schema.js")).registerSchema(terminal, subject, file, options);
    });

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

  withRegistry(schema.command("drift"))
    .description("say where a registry and a manifest differ: schemas, levels, subjects")
    .option("--manifest <file>", "the subjects, with their files and levels", "ottla.schemas.json")
    .addHelpText("after", `\nExit status: 0 they agree, 1 they differ.${examples("ottla schema drift --profile prod")}`)
    .action(async (options) => (await import("./schema-drift.js")).schemaDrift(terminal, options));

  withRegistry(schema.command("pull [subjects...]"))
    .description("write subjects of a registry as files, with what they refer to, and the manifest that names them")
    .option("--all", "all subjects")
    .option("--folder <folder>", "where the files go, from the manifest's folder", "schemas")
    .option("--manifest <file>", "the manifest to write; one that is there is left alone", "ottla.schemas.json")
    .option("--history <folder>", "write every version too, for `schema check --versions`")
    .addHelpText("after", examples("ottla schema pull --all --history schemas/history"))
    .action(async (subjects, options) => (await import("./pull-schemas.js")).pullSchemas(terminal, subjects, options));

  schema
    .command("diff <before> <after>")
    .description("say in words what stands between two schemas, each way; asks no registry")
    .addOption(jsonOption())
    .addHelpText("after", examples("ottla schema diff schemas/order.avsc schemas/order-next.avsc"))
    .action(async (before, after, options) =>
      (await import("./diff-schemas.js")).diffSchemas(terminal, before, after, options),
    );

  schema
    .command("lint <files...>")
    .description("say whether files hold schemas, by the rules for new ones")
    .addHelpText("after", examples("ottla schema lint schemas/*.avsc"))
    .action(async (files) => (await import("./lint-schemas.js")).lintSchemas(terminal, files));

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
