import { SchemaRegistry, SchemaRegistryError } from "@ottla/schema-registry";
import { incompatibleOrder, subjects } from "../contracts.js";

/** What became of an attempt to change the orders' schema so that consumers would break. */
export interface AttemptedChange {
  readonly isRefused: boolean;
  /** The registry's reason, in short. */
  readonly reason: string;
}

/** Tries to register an order with a new field that has no default, as a careless deployment would. */
export async function tryIncompatibleChange(url: string, topicPrefix: string): Promise<AttemptedChange> {
  const registry = new SchemaRegistry(url);
  const subject = subjects(topicPrefix)[0]?.subject ?? "";
  try {
    await registry.register(subject, { schema: incompatibleOrder });
    return { isRefused: false, reason: "" };
  } catch (error) {
    if (!(error instanceof SchemaRegistryError) || error.code !== "INCOMPATIBLE_SCHEMA") throw error;
    return { isRefused: true, reason: inShort(error.message) };
  }
}

/** `READER_FIELD_MISSING_DEFAULT_VALUE at /fields/5: field "currency" …`, out of Confluent's form of an error. */
function inShort(message: string): string {
  const found = /errorType:'(\w+)', description:'(.*?path '([^']*)'.*?)', additionalInfo:'([^}]*)'\}/s.exec(message);
  if (found === null) return message;
  const [, type = "", , path = "", what = ""] = found;
  return `${type} at ${path}: ${what}`;
}
