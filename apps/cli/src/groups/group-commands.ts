import type { Command } from "commander";
import { jsonOption, withCluster } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addGroupCommands(program: Command, terminal: Terminal): void {
  const groups = program
    .command("groups")
    .description("list and describe consumer groups, and how far behind they are");

  withCluster(groups.command("list"))
    .description("names, states and protocols of all groups")
    .addOption(jsonOption())
    .action(async (options) => (await import("./list-groups.js")).listGroups(terminal, options));

  withCluster(groups.command("describe <group...>"))
    .description("members, what each has, and their clients")
    .addOption(jsonOption())
    .action(async (ids, options) => (await import("./describe-groups.js")).describeGroups(terminal, ids, options));

  withCluster(groups.command("lag <group>"))
    .description("committed and last offset of each partition, and the difference")
    .addOption(jsonOption())
    .action(async (id, options) => (await import("./group-lag.js")).groupLag(terminal, id, options));
}
