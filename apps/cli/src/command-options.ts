import { type Command, InvalidArgumentError, Option } from "commander";

/** How to reach a cluster: `--bootstrap`, or a profile that names it. What is not given comes from the environment. */
export const withCluster = (command: Command): Command =>
  command
    .addOption(
      new Option(
        "-b, --bootstrap <host:port,…>",
        "brokers to begin with (env: OTTLA_BOOTSTRAP, default: 127.0.0.1:9092)",
      ),
    )
    .addOption(profileOption());

/** How to reach a schema registry. */
export const withRegistry = (command: Command, fallback: string): Command =>
  command
    .addOption(new Option("-r, --registry <url,…>", `schema registry (env: OTTLA_REGISTRY, default: ${fallback})`))
    .addOption(
      new Option("--registry-auth <user:password>", "basic authentication at the registry (env: OTTLA_REGISTRY_AUTH)"),
    )
    .addOption(
      new Option("--registry-token <token>", "bearer token for the registry (env: OTTLA_REGISTRY_TOKEN)").conflicts(
        "registryAuth",
      ),
    );

export const profileOption = (): Option =>
  new Option("--profile <name>", "connection settings of that name in the configuration file (env: OTTLA_PROFILE)");

export const jsonOption = (): Option => new Option("--json", "print JSON, one document a line");

/** What a verb that deletes, or cannot be undone, takes. */
export const withConfirmation = (command: Command): Command =>
  command.option("--yes", "do not ask").option("--dry-run", "show what would be done, and do nothing");

export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;

export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function wholeNumber(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`It must be ${what}.`);
  }
  return value;
}

export const portOf = (text: string): number => wholeNumber(text, 0, 65_535, "a port, 0 to 65535");

export const countOf = (text: string): number => wholeNumber(text, 1, Number.MAX_SAFE_INTEGER, "a whole number from 1");
