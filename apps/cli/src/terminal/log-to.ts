import type { Logger } from "@ottla/client";
import type { Terminal } from "./terminal.js";

/** Warnings and errors of what runs in this process, a line each. */
export function logTo(terminal: Terminal): Logger {
  const say = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    terminal.note(`${level}: ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields, readable)}`}`);
  return { debug: () => {}, info: () => {}, warn: say("warning"), error: say("error") };
}

/** JSON shows nothing of an error. */
const readable = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);
