/** Every way in which this package refuses, and whether the same call may succeed later. */
export const outboxErrors = {
  /** `add`, `once` or `admit` was called outside a transaction: the event could not commit with anything. */
  NOT_IN_TRANSACTION: { retriable: false },
  /** A transaction was begun inside another one on the same connection. */
  ALREADY_IN_TRANSACTION: { retriable: false },
  /** The topic was not given to `outbox.prepare` before. */
  TOPIC_NOT_PREPARED: { retriable: false },
  /** A record larger than `maxRecordBytes`. */
  RECORD_TOO_LARGE: { retriable: false },
  /** A header name that the outbox writes itself. */
  RESERVED_HEADER: { retriable: false },
  /** A handler in a synchronous transaction returned a promise. The transaction was rolled back. */
  ASYNC_IN_SYNC_TRANSACTION: { retriable: false },
  /** A value that SQLite cannot store, or a number of values other than the statement has parameters. */
  BAD_PARAMETER: { retriable: false },
  /** A statement of the transaction had failed and its error was swallowed: nothing was committed. */
  TRANSACTION_ROLLED_BACK: { retriable: true },
  /** The connection was closed. */
  CONNECTION_CLOSED: { retriable: false },
  /** The database has no outbox tables. */
  SCHEMA_MISSING: { retriable: false },
  /** The tables are older than this package: migrate. */
  SCHEMA_OUTDATED: { retriable: false },
  /** The tables were made by a newer release of this package, which this one must not write. */
  SCHEMA_TOO_NEW: { retriable: false },
  /** A setting of the database or its engine under which the guarantees would not hold. */
  DATABASE_UNSUITABLE: { retriable: false },
  /** The tables were restored into another database cluster, where their transaction ids mean nothing: rebase. */
  DATABASE_REPLACED: { retriable: false },
  /** The database did not answer a relay in time. */
  DATABASE_TIMEOUT: { retriable: true },
  /** Another writer held the database for longer than this call waits. */
  DATABASE_BUSY: { retriable: true },
  /** Another relay took over. What this one still had in flight may be sent twice, with the same message ids. */
  LEASE_LOST: { retriable: true },
  /** The publisher gave no answer within `sendTimeoutMs`. */
  SEND_TIMEOUT: { retriable: true },
  /** The process ended several times while it sent this record. */
  CRASHED_WHILE_SENDING: { retriable: false },
  /** A publisher whose retries may lose, repeat or reorder records. */
  PUBLISHER_UNSUITABLE: { retriable: false },
  /** The relay was closed, or runs already. */
  RELAY_NOT_RUNNABLE: { retriable: false },
} as const satisfies Record<string, { readonly retriable: boolean }>;

export type OutboxErrorCode = keyof typeof outboxErrors;

/** The outbox, relay or inbox refused. Callers match on `code`; the text says with which numbers and what to do. */
export class OutboxError extends Error {
  override readonly name = "OutboxError";
  readonly code: OutboxErrorCode;
  readonly retriable: boolean;

  constructor(code: OutboxErrorCode, context: string, options?: ErrorOptions) {
    super(`[${code}] ${context}`, options);
    this.code = code;
    this.retriable = outboxErrors[code].retriable;
  }
}
