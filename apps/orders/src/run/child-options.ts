import type { DatabasePlace } from "../database/open-database.js";

/** What every service of the demo is told, as JSON in its first argument. */
export interface ChildOptions extends DatabasePlace {
  /** `host:port`, or several with commas between. */
  readonly bootstrap: string;
  /** URL of the schema registry. */
  readonly registry: string;
  readonly topicPrefix: string;
}

export function childOptions<T extends ChildOptions>(): T {
  const [, , text] = process.argv;
  if (text === undefined) throw new Error("started by the demo with its options as the first argument");
  return JSON.parse(text) as T;
}

/** Fires when the demo asks this process to end. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGTERM", stop);
  // The parent is gone: nobody will ever ask.
  process.once("disconnect", stop);
  return controller.signal;
}
