import { readFileSync } from "node:fs";
import { RegistryServer, type RegistryServerOptions } from "@ottla/schema-registry/server";
import { untilAborted } from "../broker/until-aborted.js";
import { kafkaOf } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import type { ClusterFlags } from "../connection/connection.js";
import { exitCodes } from "../exit-codes.js";
import { ottlaVersion } from "../ottla-version.js";
import { logTo } from "../terminal/log-to.js";
import type { Terminal } from "../terminal/terminal.js";
import { explainedStart } from "./explained-start.js";

interface RegistryCommandOptions extends ClusterFlags {
  readonly memory?: true;
  readonly port: number;
  readonly host: string;
  readonly topic: string;
  readonly level: NonNullable<RegistryServerOptions["level"]>;
  readonly user: readonly string[];
  readonly token: readonly string[];
  readonly elect?: true;
  readonly advertisedHost?: string;
  readonly listenCert?: string;
  readonly listenKey?: string;
  readonly clientCa?: string;
}

/** `ottla registry`: a schema registry until it is told to stop. Its URL is the one line of its output. */
export async function registry(terminal: Terminal, options: RegistryCommandOptions): Promise<void> {
  const { port, host, topic, level, user, token, advertisedHost } = options;
  const tls = tlsOf(options);
  const users = Object.fromEntries(user.map(userOf));
  const isOpen = user.length === 0 && token.length === 0;
  const kafka = options.memory
    ? undefined
    : kafkaOf(terminal, options, {
        clientId: "schema-registry",
        reconnectBackoffMs: { base: 20, max: 500 },
        logger: logTo(terminal),
      });
  const server = await RegistryServer.start({
    ...(kafka === undefined ? { memory: true } : { kafka }),
    port,
    host,
    topic,
    level,
    ...(!isOpen && { auth: { users, tokens: token } }),
    ...(options.elect && { election: { ...(advertisedHost !== undefined && { advertisedHost }) } }),
    ...(tls !== undefined && { tls }),
    version: ottlaVersion,
    startTimeoutMs: 15_000,
    logger: logTo(terminal),
  }).catch(async (error) => {
    await kafka?.close();
    throw explainedStart(error, "--port");
  });
  try {
    await terminal.write(`${server.url}\n`);
    await untilAborted(terminal.signal);
  } finally {
    await server.close();
    await kafka?.close();
  }
}

function tlsOf({ listenCert, listenKey, clientCa }: RegistryCommandOptions) {
  if (listenCert === undefined && listenKey === undefined && clientCa === undefined) return undefined;
  if (listenCert === undefined || listenKey === undefined) {
    throw new CommandError("HTTPS takes both --listen-cert and --listen-key", { exitCode: exitCodes.usage });
  }
  return {
    cert: textIn(listenCert),
    key: textIn(listenKey),
    ...(clientCa !== undefined && { clientCa: textIn(clientCa) }),
  };
}

function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new CommandError(`${file}: ${(cause as Error).message}`, { exitCode: exitCodes.usage, cause });
  }
}

function userOf(text: string): readonly [string, string] {
  const at = text.indexOf(":");
  if (at < 1) {
    throw new CommandError("--user: it is not user:password", {
      hint: "For example: --user ci:secret",
      exitCode: exitCodes.usage,
    });
  }
  return [text.slice(0, at), text.slice(at + 1)];
}
