import { Kafka, KafkaAuthenticationError, type KafkaOptions } from "@ottla/client";
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
  const kafka = kafkaOf(terminal, options, { registry });
  try {
    await reach(kafka, bootstrap, terminal.signal);
    return await work(kafka);
  } finally {
    await kafka.close();
  }
}

/** A client of the cluster that the options name, connected to nothing yet. It is the caller's to close. */
export function kafkaOf(terminal: Terminal, options: ClusterFlags, more: Omit<KafkaOptions, "brokers"> = {}): Kafka {
  const { bootstrap, security } = connectionOf(options);
  const brokers = bootstrap.split(",").map((broker) => broker.trim());
  const { tls, sasl } = security;
  if (sasl?.mechanism === "PLAIN" && tls === undefined && !brokers.every(isHere)) {
    terminal.note("warning: PLAIN without TLS: the password can be read on its way");
  }
  try {
    return new Kafka({ brokers, clientId: "ottla", ...security, ...more });
  } catch (cause) {
    throw new CommandError(`--bootstrap: ${(cause as Error).message}`, {
      hint: "For example: --bootstrap 127.0.0.1:9092,127.0.0.1:9093",
      exitCode: exitCodes.usage,
      cause,
    });
  }
}

const isHere = (broker: string): boolean => /^(localhost|127\.|\[::1\])/.test(broker);

async function reach(kafka: Kafka, bootstrap: string, signal: AbortSignal): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.describeCluster({ timeoutMs: reachTimeoutMs, signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof KafkaAuthenticationError) throw cause;
    throw new CommandError(`no broker answers at ${bootstrap}: ${reasonOf(cause)}`, {
      hint: "`ottla dev` starts one; --bootstrap, --profile or OTTLA_BOOTSTRAP names another.",
      exitCode: exitCodes.unreachable,
      cause,
    });
  } finally {
    await admin.close();
  }
}

/** The error of one broker where only one was tried: it says more than that there is none. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const [only, ...others] = cause instanceof AggregateError ? cause.errors : [];
  return only instanceof Error && others.length === 0 ? only.message : message;
}
