import type { Topic } from "@ottla/client";
import type { InboxCounts, InboxRecord, Relay, RelayOptions } from "@ottla/outbox";

/** Adds an event to the transaction of a {@link Change}. */
export type AddEvent = <Sent>(topic: Topic<string, Sent>, record: NoInfer<Sent>) => unknown;

/** A row and the event about it: both are there, or neither. */
export interface Change {
  /** With `?` for each value. */
  readonly statement: string;
  readonly values: readonly (string | number)[];
  readonly event: (add: AddEvent) => unknown;
  /** Called last, before the commit. */
  readonly beforeCommit?: () => void;
}

/** What a service does with its database. Whatever it returns has committed when the promise resolves. */
export interface ServiceEvents {
  write(change: Change): Promise<void>;
  /** A handler that makes the change for a record once, however often the record comes. */
  once<Handled extends InboxRecord>(
    consumer: string,
    changeOf: (record: Handled) => Change,
  ): { readonly handle: (record: Handled) => Promise<void>; readonly counts: () => InboxCounts };
}

/** How a schema says what databases call differently. */
export interface ColumnTypes {
  readonly integer: string;
  /** A number that the database hands out, in the order of insertion, as the primary key. */
  readonly counter: string;
}

/** A service's database: a SQLite file, or a database in Postgres. */
export interface ServiceDatabase {
  readonly driver: string;
  /** Makes the outbox's tables and the service's own. */
  create(schema: (types: ColumnTypes) => string): Promise<void>;
  events(registry: unknown, topics: readonly Topic[]): Promise<ServiceEvents>;
  relay(options: Pick<RelayOptions<never, never>, "publisher" | "leaseMs">): Relay;
  rows<Row>(query: string): Promise<readonly Row[]>;
  /** Whether the relay has settled every event. */
  isDrained(): Promise<boolean>;
  close(): Promise<void>;
}
