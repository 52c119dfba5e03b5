import { string, topic } from "@ottla/client";

export const partitions = 6;

/** Keyed records, each with its number. */
export const numbered = topic("numbered", { key: string(), value: string(), partitions });
