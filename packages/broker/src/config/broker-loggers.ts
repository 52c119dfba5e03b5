import { InvalidConfigError } from "./config-key.js";

/** The one logger; what is done with its lines is up to who started the broker. */
export const rootLogger = "root";
export const rootLogLevel = "INFO";

const levels = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];

/** @throws {@link InvalidConfigError} for a logger or a level that there is not. */
export function checkLoggerLevel(logger: string, level: string | null): void {
  if (logger !== rootLogger) throw new InvalidConfigError(`Logger ${logger} does not exist!`);
  if (level !== null && !levels.includes(level)) {
    throw new InvalidConfigError(`${level} is no level of logger ${logger}; levels are ${levels.join(", ")}`);
  }
}
