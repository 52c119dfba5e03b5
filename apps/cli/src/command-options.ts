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
    .addOption(profileOption())
    .option("--tls", "connect over TLS; the options below say so too (env: OTTLA_TLS)")
    .option("--tls-ca <file>", "authorities to trust, PEM (env: OTTLA_TLS_CA)")
    .option("--tls-cert <file>", "this side's certificate, PEM (env: OTTLA_TLS_CERT)")
    .option("--tls-key <file>", "its key, PEM (env: OTTLA_TLS_KEY, OTTLA_TLS_KEY_PASSPHRASE)")
    .option("--tls-servername <name>", "name that the brokers' certificate must have (env: OTTLA_TLS_SERVERNAME)")
    .option("--tls-insecure", "accept any certificate, and so anybody in between (env: OTTLA_TLS_INSECURE)")
    .option("--sasl-mechanism <name>", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER (env: OTTLA_SASL_MECHANISM)")
    .option("--sasl-username <name>", "user (env: OTTLA_SASL_USERNAME)")
    .option("--sasl-password-file <file>", "password, in a file (env: OTTLA_SASL_PASSWORD_FILE, OTTLA_SASL_PASSWORD)")
    .option("--sasl-password <password>", "password; others on this machine can see it: prefer the file or the env")
    .option(
      "--sasl-oauth-token-file <file>",
      "bearer token, in a file read for each connection (env: OTTLA_SASL_OAUTH_TOKEN_FILE, OTTLA_SASL_OAUTH_TOKEN)",
    );

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
