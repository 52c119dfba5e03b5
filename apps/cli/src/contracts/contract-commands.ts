import { type Command, Option } from "commander";
import { countOf, examples, jsonOption, withCluster, withRegistry } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addContractCommands(program: Command, terminal: Terminal): void {
  const contracts = program
    .command("contracts")
    .description("hold a module's topics against the cluster and the schema registry, and make these as they say");
  const withModule = (command: Command): Command =>
    withRegistry(withCluster(command), "http://127.0.0.1:8081")
      .addOption(
        new Option(
          "--module <file>",
          "exports topics made by topic(); TypeScript from Node 22.18 on, or with tsx",
        ).makeOptionMandatory(),
      )
      .addOption(jsonOption());
  const withReplicas = (command: Command): Command =>
    command.option(
      "--replication-factor <count>",
      "replicas of topics that are created; the broker's default when not given",
      countOf,
    );

  withModule(contracts.command("verify"))
    .description("say whether cluster and registry are as the contracts say")
    .addHelpText(
      "after",
      `\nExit status: 0 they are, 1 they are not, 2 could not find out.${examples("ottla contracts verify --module src/contracts.ts")}`,
    )
    .action(async (options) => (await import("./verify-contracts.js")).verifyContracts(terminal, options));

  withReplicas(withModule(contracts.command("plan")))
    .description("show what apply would do, and what it could not; changes nothing")
    .addHelpText(
      "after",
      `\nExit status: 0 all could be done, 1 something could not, 2 could not find out.${examples("ottla contracts plan --module src/contracts.ts")}`,
    )
    .action(async (options) => (await import("./plan-contracts.js")).planContracts(terminal, options));

  withReplicas(withModule(contracts.command("apply")))
    .description(
      "create topics, add partitions, set configuration, register schemas; deletes nothing, and twice is fine",
    )
    .addHelpText(
      "after",
      `\nExit status: 0 done, 1 something was not done, 2 could not begin.${examples("ottla contracts apply --module src/contracts.ts --profile prod")}`,
    )
    .action(async (options) => (await import("./apply-contracts.js")).applyContracts(terminal, options));

  contracts
    .command("export")
    .description("write the schemas of contracts into the files that ottla.schemas.json names for them")
    .option("--manifest <file>", "the subjects, with their contracts and files", "ottla.schemas.json")
    .addHelpText("after", examples("ottla contracts export && ottla schema check"))
    .action(async (options) => (await import("./export-contracts.js")).exportContracts(terminal, options));
}
