import type { Clock } from "@ottla/world";
import { logLevel } from "./log-level.js";

/** What is logged: the message, when, and fields of the caller's. */
export interface LoggerEntryContent {
  readonly timestamp: string;
  readonly message: string;
  [key: string]: unknown;
}

/** One entry, as a log creator's function is given it. */
export interface LogEntry {
  namespace: string;
  level: logLevel;
  label: string;
  log: LoggerEntryContent;
}

/** Makes what writes entries; told the level that the client was made with. */
export type logCreator = (logLevel: logLevel) => (entry: LogEntry) => void;

/** What `kafka.logger()`, `producer.logger()` and their like give. */
export interface Logger {
  info: (message: string, extra?: object) => void;
  error: (message: string, extra?: object) => void;
  warn: (message: string, extra?: object) => void;
  debug: (message: string, extra?: object) => void;
  /** A logger whose entries carry a namespace; with a level of its own if one is given. */
  namespace: (namespace: string, level?: logLevel) => Logger;
  /** Of all loggers of this client that have no level of their own. */
  setLogLevel: (level: logLevel) => void;
}

/** Writes entries to the console, a line of JSON each. */
const consoleLog: logCreator =
  () =>
  ({ namespace, level, label, log }) => {
    const message = namespace === "" ? log.message : `[${namespace}] ${log.message}`;
    const line = JSON.stringify({ level: label, ...log, message });
    if (level === logLevel.ERROR) console.error(line);
    else if (level === logLevel.WARN) console.warn(line);
    else if (level === logLevel.INFO) console.info(line);
    else console.log(line);
  };

/** The logger of a client; `KAFKAJS_LOG_LEVEL` in the environment comes before `level`. */
export function createLogger(
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
  level: logLevel = logLevel.INFO,
  creator: logCreator = consoleLog,
): Logger {
  const fromEnv = logLevel[env.KAFKAJS_LOG_LEVEL?.toUpperCase() as keyof typeof logLevel];
  let shared = fromEnv ?? level;
  const write = creator(shared);
  const loggerOf = (namespace: string, own: logLevel | undefined): Logger => {
    const at =
      (label: "INFO" | "ERROR" | "WARN" | "DEBUG") =>
      (message: string, extra: object = {}): void => {
        if (logLevel[label] > (own ?? shared)) return;
        const timestamp = new Date(clock.now()).toISOString();
        write({ namespace, level: logLevel[label], label, log: { timestamp, logger: "kafkajs", message, ...extra } });
      };
    return {
      info: at("INFO"),
      error: at("ERROR"),
      warn: at("WARN"),
      debug: at("DEBUG"),
      namespace: (name, nameLevel) => loggerOf(name, nameLevel === undefined ? undefined : (fromEnv ?? nameLevel)),
      setLogLevel: (next) => {
        shared = next;
      },
    };
  };
  return loggerOf("", undefined);
}
