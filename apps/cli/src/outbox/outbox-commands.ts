import { type Command, Option } from "commander";
import { countOf, examples, jsonOption, profileOption, withConfirmation } from "../command-options.js";
import type { Terminal } from "../terminal/terminal.js";

export function addOutboxCommands(program: Command, terminal: Terminal): void {
  const outbox = program.command("outbox").description("make an outbox's tables, see how far its relays are, and help");
  const withDatabase = (command: Command): Command =>
    command
      .option("-d, --database <postgres://…|file>", "Postgres, or a SQLite file (env: OTTLA_DATABASE)")
      .option("--schema <name>", "Postgres: the database schema of the tables (default: outbox)")
      .addOption(profileOption())
      .addOption(jsonOption());

  withDatabase(outbox.command("migrate"))
    .description("make the tables, or take them to this release's version: forward only, in one transaction")
    .option("--print", "print the statements that are left to do")
    .option("--apply", "carry them out")
    .option("--yes", "do not ask")
    .option("--dry-run", "as --print")
    .option("--create", "make the SQLite file where there is none")
    .option("--shards <count>", "Postgres: shards to make the tables with (default: 4); they do not change", countOf)
    .addOption(
      new Option("--partition-by <span>", "Postgres: what one partition holds (default: day)").choices(["day", "hour"]),
    )
    .addOption(
      new Option("--for <database>", "print the whole script without asking a database")
        .choices(["sqlite", "postgres"])
        .conflicts(["database", "apply"]),
    )
    .addHelpText(
      "after",
      examples(
        "ottla outbox migrate --database postgres://shop@db/shop --print",
        "ottla outbox migrate --database shop.db --apply --yes",
        "ottla outbox migrate --for postgres --print > outbox.sql",
      ),
    )
    .action(async (options) => (await import("./migrate-outbox.js")).migrateOutbox(terminal, options));

  withDatabase(outbox.command("status"))
    .description("relays, shards, lag, owners, what is stalled and why, and what a doctor finds")
    .addHelpText("after", "\nExit status: 0 well, 1 something needs a person, 2 or 3 could not look.")
    .action(async (options) => (await import("./outbox-status.js")).outboxStatus(terminal, options));

  const stalled = outbox
    .command("stalled")
    .description("events that could not be sent, and those that wait behind them");
  const withRelay = (command: Command): Command =>
    withDatabase(command).option("--relay <name>", "those of one relay (default: of all)");

  withRelay(stalled.command("list"))
    .description("list them with the reason")
    .option("--parked", "only those that nobody tries to send any more")
    .option("--limit <count>", "at most as many", countOf, 100)
    .action(async (options) => (await import("./stalled-events.js")).listStalled(terminal, options));

  withRelay(stalled.command("retry [id...]"))
    .description("try them again at once; all that are parked or wait, without ids")
    .action(async (ids, options) => (await import("./stalled-events.js")).retryStalled(terminal, ids, options));

  withConfirmation(withRelay(stalled.command("drop <id...>")))
    .description("give parked events up: they are never published, and what waits behind them goes on")
    .action(async (ids, options) => (await import("./stalled-events.js")).dropStalled(terminal, ids, options));

  withConfirmation(withDatabase(outbox.command("forget <relay>")))
    .description("forget a relay name that will not come back: rows it has not passed are kept until then")
    .action(async (relay, options) => (await import("./forget-relay.js")).forgetRelay(terminal, relay, options));

  withConfirmation(withDatabase(outbox.command("rebase")))
    .description("Postgres: make the cursors fit after a restore into another cluster, or an upgrade")
    .action(async (options) => (await import("./rebase-outbox.js")).rebaseOutbox(terminal, options));
}
