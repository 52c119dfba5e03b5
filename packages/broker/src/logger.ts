/** Takes what the broker has to say. Every method gets a sentence and the values it speaks of. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const nothing = () => {};

/** A logger that drops everything: the default of an embedded broker. */
export const silent: Logger = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing });
