import type { StoredRecord } from "../state/stored-record.js";

/** Where records are kept. A store applies each record to the state it was opened with, in the order of the log. */
export interface SchemaStore {
  /** Appends records. Resolves when they are durable and applied; other writers' records before them are applied too. */
  write(records: readonly StoredRecord[]): Promise<void>;
  /** Resolves when everything that was written before this call, by whomever, is applied. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}
