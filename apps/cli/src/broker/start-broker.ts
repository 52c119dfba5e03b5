import {
  Broker,
  type BrokerOptions,
  BrokerStartError,
  giveHeapRoom,
  InvalidConfigError,
  type KafkaRelease,
  type ListenerOptions,
} from "@ottla/broker";
import { CommandError } from "../command-error.js";
import { configPairs } from "../config-pairs.js";
import { exitCodes } from "../exit-codes.js";
import { parseListeners } from "../listeners/parse-listeners.js";
import { logTo } from "../terminal/log-to.js";
import type { Terminal } from "../terminal/terminal.js";

/** The options that `dev` and `broker` share, as the command line gives them. */
export interface BrokerCommandOptions {
  readonly data?: string;
  readonly memory?: true;
  readonly port: number;
  readonly listeners?: string;
  readonly advertised?: string;
  readonly durability?: "sync" | "os";
  readonly actAs?: KafkaRelease;
  readonly config: readonly string[];
}

/** Starts a broker from the words of a command. What is in the way is said with what to do about it. */
export async function startBroker(terminal: Terminal, options: BrokerCommandOptions, dataDir: string): Promise<Broker> {
  giveHeapRoom();
  const listening = listenersOf(options);
  const { actAs } = options;
  const common = {
    ...listening,
    config: configPairs(options.config),
    logger: logTo(terminal),
    ...(actAs !== undefined && { actAs }),
  };
  const brokerOptions: BrokerOptions =
    options.memory === true
      ? { ...common, memory: true, config: { "group.initial.rebalance.delay.ms": "0", ...common.config } }
      : { ...common, dataDir, ...(options.durability !== undefined && { durability: options.durability }) };
  try {
    return await Broker.start(brokerOptions);
  } catch (error) {
    throw explained(error);
  }
}

function listenersOf(options: BrokerCommandOptions): { readonly listeners: readonly ListenerOptions[] } {
  const bound =
    options.listeners === undefined
      ? [{ name: "PLAINTEXT", host: "127.0.0.1", port: options.port }]
      : parseListeners("--listeners", options.listeners);
  const advertised = options.advertised === undefined ? [] : parseListeners("--advertised", options.advertised);
  const unknown = advertised.find(({ name }) => bound.every((listener) => listener.name !== name));
  if (unknown !== undefined) {
    throw new CommandError(`--advertised: no listener is named ${unknown.name}`, {
      hint: `There is ${bound.map(({ name }) => name).join(", ")}.`,
      exitCode: exitCodes.usage,
    });
  }
  return {
    listeners: bound.map((listener) => {
      const told = advertised.find(({ name }) => name === listener.name);
      return told === undefined ? listener : { ...listener, advertised: { host: told.host, port: told.port } };
    }),
  };
}

function explained(error: unknown): unknown {
  if (error instanceof BrokerStartError && error.code === "ADDRESS_IN_USE") {
    return new CommandError(error.message, {
      hint: "Stop what listens there, or choose another port: --port 0 takes a free one.",
      cause: error,
    });
  }
  if (error instanceof BrokerStartError && error.code === "INVALID_OPTIONS") {
    return new CommandError(error.message, { exitCode: exitCodes.usage, cause: error });
  }
  if (error instanceof InvalidConfigError)
    return new CommandError(error.message, { exitCode: exitCodes.usage, cause: error });
  return error;
}
