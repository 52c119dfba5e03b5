import { Kafka } from "@ottla/client";
import { CommandError } from "../command-error.js";
import { type ClusterFlags, connectionOf } from "../connection/connection.js";
import { exitCodes } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";

/** The options every command that talks to a cluster takes. */
export interface ClusterOptions extends ClusterFlags {
  readonly json?: true;
}

/** How long a command tries to reach a broker before it says that there is none. */
const reachTimeoutMs = 10_000;

/** Runs `work` on a connected cluster, and closes what it opened whatever happens. `registry` is for serdes that need one. */
export async function withKafka<T>(
  terminal: Terminal,
  options: ClusterOptions,
  work: (kafka: Kafka) => Promise<T>,
  registry?: unknown,
): Promise<T> {
  const { bootstrap } = connectionOf(options);
  const kafka = kafkaAt(bootstrap, registry);
  try {
    await reach(kafka, bootstrap, terminal.signal);
    return await work(kafka);
  } finally {
    await kafka.close();
  }
}

function kafkaAt(bootstrap: string, registry: unknown): Kafka {
  const brokers = bootstrap.split(",").map((broker) => broker.trim());
  try {
    return new Kafka({ brokers, clientId: "ottla", registry });
  } catch (cause) {
    throw new CommandError(`--bootstrap: ${(cause as Error).message}`, {
      hint: "For example: --bootstrap 127.0.0.1:9092,127.0.0.1:9093",
      exitCode: exitCodes.usage,
      cause,
    });
  }
}

async function reach(kafka: Kafka, bootstrap: string, signal: AbortSignal): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.describeCluster({ timeoutMs: reachTimeoutMs, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new CommandError(`no broker answers at ${bootstrap}: ${(cause as Error).message}`, {
      hint: "`ottla dev` starts one; --bootstrap, --profile or OTTLA_BOOTSTRAP names another.",
      exitCode: exitCodes.unreachable,
      cause,
    });
  } finally {
    await admin.close();
  }
}
