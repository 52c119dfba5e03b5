import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type OutboxOptions, postgresOptions, type TableOptions, withOutbox } from "./outbox-database.js";
import { storeWith } from "./postgres-driver.js";

interface MigrateOptions extends OutboxOptions, TableOptions, Confirmation {
  readonly print?: true;
  readonly apply?: true;
  readonly create?: true;
  /** Prints the script for a database that is not there to be asked. */
  readonly for?: "sqlite" | "postgres";
}

/** `ottla outbox migrate`: forward only, in one transaction, and nothing when all is there. */
export async function migrateOutbox(terminal: Terminal, options: MigrateOptions): Promise<void> {
  if (options.print === undefined && options.apply === undefined && options.dryRun === undefined) {
    throw new CommandError("migrate needs to know what to do", {
      hint: "--print shows the statements, --apply carries them out.",
      exitCode: exitCodes.usage,
    });
  }
  if (options.for !== undefined) {
    if (options.apply !== undefined) {
      throw new CommandError("--for prints a script without asking a database: it does not go with --apply", {
        exitCode: exitCodes.usage,
      });
    }
    await terminal.write(await scriptFor(options.for, options));
    return;
  }
  await withOutbox(options, async (outbox) => {
    const { version, shards } = await outbox.admin.status();
    if (options.shards !== undefined && version > 0 && options.shards !== shards) {
      throw new CommandError(`${outbox.label}: the tables have ${shards} shards, and that does not change`, {
        hint: "The number is decided with the first migrate: a key would move while events of it wait.",
      });
    }
    const script = outbox.migrationScript(version);
    if (options.apply === undefined || options.dryRun) {
      if (script === "") terminal.note(`${outbox.label}: the tables are of version ${version}: nothing to do`);
      else await terminal.write(script);
      return;
    }
    const what = version === 0 ? "the outbox's tables" : `the outbox's tables of version ${version}`;
    if (script !== "") {
      const verb = version === 0 ? "make" : "upgrade";
      if (!(await confirmed(terminal, [`${what} in ${outbox.label}`], options, verb))) return;
      await outbox.migrate();
    }
    const after = (await outbox.admin.status()).version;
    if (options.json) await terminal.write(jsonLine({ database: outbox.label, from: version, to: after }));
    else if (script === "") await terminal.write(`${outbox.label}: version ${after}, nothing to do\n`);
    else await terminal.write(`${outbox.label}: from version ${version} to ${after}\n`);
  });
}

async function scriptFor(database: "sqlite" | "postgres", options: OutboxOptions & TableOptions): Promise<string> {
  if (database === "sqlite") return (await import("@ottla/outbox/node-sqlite")).sqlite().migrationScript();
  const { postgres } = await import("@ottla/outbox/pg");
  return storeWith(() => postgres(postgresOptions(options))).migrationScript();
}
