import type { Command } from "commander";
import { collect, examples, jsonOption, withCluster, withConfirmation } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addGroupCommands(program: Command, terminal: Terminal): void {
  const groups = program
    .command("groups")
    .description("list and describe consumer groups, how far behind they are, and where they go on");

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

  withConfirmation(withCluster(groups.command("reset <group>")))
    .description("move what a group without members has committed; shows from where to where first")
    .option("-t, --topic <name[:partition,…]>", "topics to move; default: all the group has committed for", collect, [])
    .option("--to-earliest", "to the first record")
    .option("--to-latest", "behind the last record")
    .option("--to-time <time>", "to the first record at or after a time: ISO 8601, or milliseconds since 1970")
    .option("--shift <records>", "so many records on, or back: --shift=-10")
    .option("--to-offset <offset>", "to an offset")
    .option("--to-group <group>", "where another group stands")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "ottla groups reset billing --to-time 2026-11-20T08:00:00Z --dry-run",
        "ottla groups reset billing --topic orders:0,2 --shift=-100 --yes",
      ),
    )
    .action(async (id, options) => (await import("./reset-group.js")).resetGroup(terminal, id, options));
}
