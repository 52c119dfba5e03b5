import type { SqlValue } from "../sql/sql.js";

/**
 * The least that every SQLite driver can do, each in its own dialect. `CheckedDatabase` makes one behaviour of it; an
 * adapter only translates.
 */
export interface SqliteDriver {
  readonly name: string;
  /** `values` are checked: as many as parameters, integers as bigints. */
  prepare(text: string): { all(values: readonly SqlValue[]): readonly unknown[] };
  /** Runs a script of several statements. */
  execute(script: string): void;
  /** False after a close, by whomever. True where the driver cannot tell. */
  isOpen(): boolean;
  /** `undefined` where the driver cannot tell. Not asked of a closed connection. */
  isInTransaction(): boolean | undefined;
  close(): void;
  /** Text with a NUL in it is cut there by this driver. */
  readonly cutsTextAtNul?: true;
  /** Blobs come back as `ArrayBuffer`. */
  readonly returnsArrayBuffers?: true;
}
