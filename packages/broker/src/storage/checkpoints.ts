import type { FileSystem } from "@ottla/world";
import { encodeOffsets, type Offsets, readOffsets } from "./offset-checkpoint.js";
import { isOutOfSpace, SpareRoom } from "./spare-room.js";
import { writeAtomically } from "./write-atomically.js";

/** What the logs have to say to the checkpoints, by folder name; offsets of 0 are left out. */
export interface CheckpointSource {
  recoveryPoints(): Offsets;
  logStarts(): Offsets;
  highWatermarks(): Offsets;
}

/**
 * Kafka's four offset checkpoints of a data folder. Log starts are durable when {@link Checkpoints.saveLogStarts} resolves,
 * for what was said before it was called; callers that come together share a write. An older recovery point after a crash
 * is only slower, so its name is not synced; high watermarks are for Kafka's eyes. Some room on the disk is spared for the log
 * starts, without which a full disk would stay full.
 */
export class Checkpoints {
  readonly #files: FileSystem;
  readonly #dataDir: string;
  readonly #source: CheckpointSource;
  readonly #spare: SpareRoom;
  #running: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  // As last written, `#logStarts` as last made durable.
  #recoveryPoints: Offsets;
  #logStarts: Offsets | undefined;
  #cleanerOffsets: Offsets;
  // Partitions that the files may name, whichever of their contents a power loss would leave.
  readonly #named: Set<string>;
  // Goes up when a partition was replaced by another of its name: what is being written about it then is wrong.
  #generation = 0;

  constructor(files: FileSystem, dataDir: string, source: CheckpointSource) {
    this.#files = files;
    this.#dataDir = dataDir;
    this.#source = source;
    this.#spare = new SpareRoom(files, this.#path("log-start-offset-checkpoint.spare"));
    this.#recoveryPoints = readOffsets(files, this.#path("recovery-point-offset-checkpoint")) ?? new Map();
    this.#logStarts = readOffsets(files, this.#path("log-start-offset-checkpoint"));
    this.#cleanerOffsets = readOffsets(files, this.#path("cleaner-offset-checkpoint")) ?? new Map();
    this.#named = new Set([
      ...this.#recoveryPoints.keys(),
      ...(this.#logStarts?.keys() ?? []),
      ...this.#cleanerOffsets.keys(),
    ]);
  }

  /** As last written: what a start goes by. */
  recoveryPoint(name: string): number {
    return this.#recoveryPoints.get(name) ?? 0;
  }

  /** `undefined` when the file is gone. It is made with the folder, so that a log it does not name is known to start at 0. */
  logStart(name: string): number | undefined {
    return this.#logStarts === undefined ? undefined : (this.#logStarts.get(name) ?? 0);
  }

  /** Where compaction is to go on; `undefined` where it has not been. */
  cleanerOffset(name: string): number | undefined {
    return this.#cleanerOffsets.get(name);
  }

  /** Notes where compaction came to. An older one after a crash only makes it do more than it must. */
  async saveCleanerOffset(name: string, offset: number): Promise<void> {
    this.#cleanerOffsets = new Map([...this.#cleanerOffsets, [name, offset]]);
    await this.#write(
      "cleaner-offset-checkpoint",
      () => this.#cleanerOffsets,
      () => {},
    );
  }

  saveLogStarts(): Promise<void> {
    this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#queued = undefined;
        this.#running = this.#writeLogStarts();
        return this.#running;
      });
    return this.#queued;
  }

  async #writeLogStarts(): Promise<void> {
    const write = () =>
      this.#write(
        "log-start-offset-checkpoint",
        () => this.#source.logStarts(),
        (written) => {
          this.#files.syncDirectory(this.#dataDir);
          this.#logStarts = written;
        },
      );
    try {
      await write();
    } catch (error) {
      // Segments go only once this is written, and on a full disk they are what has to go.
      if (!isOutOfSpace(error) || !this.#spare.release()) throw error;
      await write();
    }
  }

  async saveRecoveryPoints(): Promise<void> {
    this.#spare.keep();
    const content = () => this.#source.recoveryPoints();
    await this.#write("recovery-point-offset-checkpoint", content, (written) => {
      this.#recoveryPoints = written;
    });
    const path = this.#path("replication-offset-checkpoint");
    const handle = this.#files.open(path, "w+");
    try {
      handle.write([Buffer.from(encodeOffsets(this.#source.highWatermarks()))], 0);
    } finally {
      handle.close();
    }
  }

  /**
   * A partition's folder is made anew: takes what the checkpoints say of an earlier one of its name out of them. Blocks, which
   * it may: it happens when a topic is deleted and made again.
   */
  forget(name: string): void {
    if (!this.#named.has(name)) return;
    this.#generation += 1;
    this.#recoveryPoints = without(this.#recoveryPoints, name);
    this.#logStarts = without(this.#logStarts ?? new Map(), name);
    this.#cleanerOffsets = without(this.#cleanerOffsets, name);
    this.#writeNow("recovery-point-offset-checkpoint", this.#recoveryPoints);
    this.#writeNow("cleaner-offset-checkpoint", this.#cleanerOffsets);
    this.#writeNow("log-start-offset-checkpoint", this.#logStarts);
    // Before there is a folder: it may reach the disk by itself, and would begin where the earlier one did.
    this.#files.syncDirectory(this.#dataDir);
    this.#named.delete(name);
  }

  /** `then` is called while the file is sure to hold what was written. */
  async #write(name: string, offsets: () => Offsets, then: (written: Offsets) => void): Promise<void> {
    for (;;) {
      const generation = this.#generation;
      const written = offsets();
      for (const partition of written.keys()) this.#named.add(partition);
      await writeAtomically(this.#files, this.#path(name), encodeOffsets(written));
      if (generation === this.#generation) return then(written);
    }
  }

  #writeNow(name: string, offsets: Offsets): void {
    const temporary = `${this.#path(name)}.now`;
    const handle = this.#files.open(temporary, "w+");
    try {
      handle.write([Buffer.from(encodeOffsets(offsets))], 0);
      handle.datasyncNow();
    } finally {
      handle.close();
    }
    this.#files.rename(temporary, this.#path(name));
  }

  #path(name: string): string {
    return `${this.#dataDir}/${name}`;
  }
}

function without(offsets: Offsets, name: string): Offsets {
  return new Map([...offsets].filter(([other]) => other !== name));
}
