import type { KafkaProtocolError } from "@ottla/protocol";
import type { Clock, Random } from "@ottla/world";
import type { Durability } from "../storage/durability.js";
import type { OpenFiles } from "../storage/open-files.js";
import type { StorageEvent } from "../storage/storage-event.js";
import type { SyncSlots } from "../storage/sync-slots.js";
import type { TailCache } from "../storage/tail-cache.js";
import type { IndexCache } from "./index-cache.js";

/** What the store that holds a log does for it. */
export interface LogEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly durability: Durability;
  readonly openFiles: OpenFiles;
  readonly tails: TailCache;
  readonly indexCache: IndexCache;
  readonly syncSlots: SyncSlots;
  readonly producerIdExpirationMs: number;
  /** Set when a sync failed: nothing is acknowledged any more. */
  readonly failure: KafkaProtocolError | undefined;
  /** A sync failed. What is on the disk is unknown until the folder is opened anew. */
  fail(error: unknown): void;
  /** Calls `flush` at the end of this turn of the event loop. */
  flushAtEndOfTurn(flush: () => void): void;
  /** A partition's folder is about to be made: what checkpoints say of an earlier one of that name goes. */
  forgetCheckpoints(folderName: string): void;
  /** A name in the data folder changed. */
  noteFolderNames(): void;
  /** Makes the names in the data folder durable, if any changed since the last time. */
  syncFolderNames(): void;
  /** Makes the log start offsets of all logs durable. */
  persistLogStarts(): Promise<void>;
  report(event: StorageEvent): void;
}
