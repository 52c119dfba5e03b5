import type { World } from "@ottla/world";
import { OutboxError } from "../errors.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { isBusy } from "./sqlite-errors.js";

/**
 * Runs `body` between BEGIN IMMEDIATE and COMMIT on a relay's connection. The connection's own busy timeout is short,
 * because it blocks the event loop that also carries the sends; between tries this waits on a timer. The whole
 * transaction is tried again, never a part of it.
 *
 * @throws {@link OutboxError} `DATABASE_BUSY` after `patienceMs`
 */
export async function writeTransaction<Result>(
  database: SqliteDatabase,
  { clock, timers }: Pick<World, "clock" | "timers">,
  patienceMs: number,
  body: () => Result,
): Promise<Result> {
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      database.query("begin immediate");
      const result = body();
      database.query("commit");
      return result;
    } catch (error) {
      if (database.isInTransaction) database.query("rollback");
      if (!isBusy(error)) throw error;
      if (clock.monotonic() >= deadline) {
        throw new OutboxError("DATABASE_BUSY", `another connection held the write lock for ${patienceMs} ms`, {
          cause: error,
        });
      }
    }
    await new Promise<void>((resolve) => timers.after(5, resolve));
  }
}
