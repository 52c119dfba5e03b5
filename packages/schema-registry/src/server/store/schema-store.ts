import type { StoredRecord } from "../state/stored-record.js";

/** Where records are kept. A store applies each record to the state it was opened with, in the order of the log. */
export interface SchemaStore {
  /** Whether nobody else has written since it was opened, as far as is known. */
  readonly isAlone: boolean;
  /** From now on nobody else is to write: what others wrote before is read already, or will be noticed. */
  standAlone?(): void;
  /** Why nothing is read or written any more; undefined while all is well. */
  readonly failure?: Error | undefined;
  /**
   * Appends records. Resolves when they are durable and applied, with what others wrote between the state that the call was
   * decided on and the first of them.
   *
   * @throws `signal.reason` when it aborts; the records may be written all the same.
   */
  write(records: readonly StoredRecord[], signal: AbortSignal): Promise<readonly StoredRecord[]>;
  /** Resolves when everything that was written before this call, by whomever, is applied. @throws `signal.reason` */
  caughtUp(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
