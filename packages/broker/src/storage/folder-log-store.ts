import { KafkaProtocolError } from "@ottla/protocol";
import type { World } from "@ottla/world";
import type { CleanerLimits } from "../log/compaction/cleaning-plan.js";
import { type CleanerMetrics, LogCleaner } from "../log/compaction/log-cleaner.js";
import { IndexCache } from "../log/index-cache.js";
import type { LogConfig } from "../log/log-config.js";
import type { LogEnvironment } from "../log/log-environment.js";
import { LogFolder } from "../log/log-folder.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { RecoveredLog } from "../log/recover-log.js";
import { SegmentedLog } from "../log/segmented-log.js";
import { Checkpoints } from "./checkpoints.js";
import type { Durability } from "./durability.js";
import type { LogStore, LogStoreOptions } from "./log-store.js";
import { randomUuid } from "./meta-properties.js";
import type { Offsets } from "./offset-checkpoint.js";
import { OpenFiles } from "./open-files.js";
import { deletedFolderName, folderName } from "./partition-folder.js";
import { cleanShutdownMarker, emptyContent, recoverFolders, tryRemoveFolder } from "./recover-folders.js";
import { SyncSlots } from "./sync-slots.js";
import { TailCache } from "./tail-cache.js";

/** The parts of the world a store uses. */
export type StoreWorld = Pick<World, "clock" | "timers" | "random" | "files" | "workers">;

/** What opening found out before the logs are read. */
export interface OpenedFolder {
  readonly dataDir: string;
  readonly clusterId: string;
  readonly nodeId: number;
  readonly unlock: () => void;
}

const syncsAtOnce = 3;
const indexesKept = 128;
// Enough for consumers at the tail: further back the page cache gives a megabyte in 50 µs. What is held for longer survives two
// scavenges of the young generation, and then only a collection of the whole heap, one for each 64 MB, frees it.
const tailCacheBytes = 4 * 1024 * 1024;
// After a kill all that was written since is read through: 10 GB take some seconds. In `sync` all is on the disk anyway and only the
// offsets are written; in `os` each checkpoint has to sync the logs first.
const checkpointEveryMs: Readonly<Record<Durability, number>> = { sync: 5_000, os: 60_000, memory: Infinity };

/** The logs of one data folder on a file system, real or in memory. */
export class FolderLogStore implements LogStore {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly durability: Durability;
  readonly #world: StoreWorld;
  readonly #dataDir: string;
  readonly #unlock: () => void;
  readonly #env: LogEnvironment;
  readonly #checkpoints: Checkpoints;
  readonly #cleaner: LogCleaner;
  readonly #onEvent: NonNullable<LogStoreOptions["onEvent"]>;
  readonly #logs = new Map<string, SegmentedLog>();
  readonly #found = new Map<string, RecoveredLog>();
  #flushes: (() => void)[] = [];
  #discarded: string[] = [];
  #failure: KafkaProtocolError | undefined;
  #namesChanged = false;
  #checkpointTimer: { cancel(): void } | undefined;
  #checkpointing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(world: StoreWorld, folder: OpenedFolder, options: LogStoreOptions) {
    this.#world = world;
    this.#dataDir = folder.dataDir;
    this.#unlock = folder.unlock;
    this.clusterId = folder.clusterId;
    this.nodeId = folder.nodeId;
    this.durability = options.durability;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#checkpoints = new Checkpoints(world.files, folder.dataDir, {
      recoveryPoints: () =>
        this.#offsets(
          (log) => log.recoveryPoint,
          (found) => found.content.recoveryPoint,
        ),
      logStarts: () =>
        this.#offsets(
          (log) => log.checkpointedLogStart,
          (found) => found.logStartOffset,
        ),
      highWatermarks: () =>
        this.#offsets(
          (log) => log.highWatermark,
          () => 0,
        ),
    });
    this.#env = this.#environment(options);
    this.#cleaner = new LogCleaner(world, this.#env, {
      get: ({ topic, partition }) => this.#checkpoints.cleanerOffset(folderName(topic, partition)),
      set: ({ topic, partition }, offset) => this.#checkpoints.saveCleanerOffset(folderName(topic, partition), offset),
    });
  }

  /** Reads what the folder holds. The folder is locked, and its `meta.properties` read. */
  static async open(world: StoreWorld, folder: OpenedFolder, options: LogStoreOptions): Promise<FolderLogStore> {
    const store = new FolderLogStore(world, folder, options);
    const { files } = world;
    const recovered = await recoverFolders({
      files,
      dataDir: folder.dataDir,
      env: store.#env,
      checkpoints: store.#checkpoints,
      onEvent: store.#onEvent,
    });
    for (const [name, log] of recovered) store.#found.set(name, log);
    return store;
  }

  #environment(options: LogStoreOptions): LogEnvironment {
    const failure = () => this.#failure;
    const { files, clock, random } = this.#world;
    return {
      clock,
      random,
      durability: options.durability,
      openFiles: new OpenFiles(files, options.maxOpenFiles ?? 512, options.durability === "sync"),
      tails: new TailCache(options.tailCacheBytes ?? tailCacheBytes),
      indexCache: new IndexCache(indexesKept),
      syncSlots: new SyncSlots(syncsAtOnce),
      producerIdExpirationMs: options.producerIdExpirationMs ?? 86_400_000,
      get failure() {
        return failure();
      },
      fail: (error) => this.#fail(error),
      flushAtEndOfTurn: (flush) => this.#flushAtEndOfTurn(flush),
      forgetCheckpoints: (name) => this.#checkpoints.forget(name),
      noteFolderNames: () => {
        this.#namesChanged = true;
      },
      syncFolderNames: () => {
        if (!this.#namesChanged) return;
        files.syncDirectory(this.#dataDir);
        this.#namesChanged = false;
      },
      persistLogStarts: () => (this.durability === "memory" ? Promise.resolve() : this.#checkpoints.saveLogStarts()),
      report: (event) => this.#onEvent(event),
    };
  }

  create(
    topic: string,
    topicId: string,
    partition: number,
    config: LogConfig,
    isGone: (topicId: string) => boolean = () => true,
  ): PartitionLog {
    const name = folderName(topic, partition);
    const existing = this.#logs.get(name);
    if (existing !== undefined) {
      if (existing.topicId !== topicId) throw new Error(`${name} is open with topic id ${existing.topicId}`);
      existing.configure(config);
      return existing;
    }
    const path = `${this.#dataDir}/${name}`;
    let found = this.#found.get(name);
    this.#found.delete(name);
    const owner = found?.content.topicId;
    if (found !== undefined && owner !== undefined && owner !== topicId) {
      if (isGone(owner)) {
        this.#discard(name);
        found = undefined;
      } else {
        const reason = `its partition.metadata names topic id ${owner}, the topic's is ${topicId}`;
        this.#onEvent({ kind: "partitionFenced", topic, partition, reason });
        found = { ...found, corruption: found.corruption ?? reason };
      }
    }
    // Before this one can exist, an earlier one of its name must be gone for good: its owner may never have been synced.
    this.#removeDiscarded();
    const recovered = found ?? {
      content: emptyContent(path, { exists: false, nextOffset: 0, recoveryPoint: 0 }),
      logStartOffset: 0,
    };
    const folder = new LogFolder(this.#env, recovered.content);
    if (recovered.corruption === undefined) this.#claim(folder, { topic, partition, topicId });
    const { logStartOffset, corruption } = recovered;
    const log = new SegmentedLog(this.#env, { topic, partition, topicId }, folder, {
      config,
      logStartOffset,
      corruption,
    });
    this.#logs.set(name, log);
    return log;
  }

  #claim(
    folder: LogFolder,
    owner: { readonly topic: string; readonly partition: number; readonly topicId: string },
  ): void {
    try {
      folder.claim(owner.topicId);
    } catch (error) {
      // The next start finds no owner again, and takes the same one.
      this.#onEvent({ kind: "writeFailed", topic: owner.topic, partition: owner.partition, error });
    }
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(folderName(topic, partition));
  }

  logs(): Iterable<PartitionLog> {
    return this.#logs.values();
  }

  async delete(topic: string, partition: number): Promise<void> {
    const name = folderName(topic, partition);
    const log = this.#logs.get(name);
    if (log === undefined) return;
    this.#logs.delete(name);
    const abandoned = log.abandon();
    this.#cleaner.abandon(log);
    log.closeFiles();
    this.#discard(name);
    // Partitions deleted together share one sync. It does not wait for syncs of the log that are under way: the topic may be
    // made again meanwhile.
    await new Promise<void>((resolve) => this.#world.timers.endOfTurn(resolve));
    this.#removeDiscarded();
    await abandoned;
  }

  removeUnclaimed(): void {
    for (const name of this.#found.keys()) this.#discard(name);
    this.#found.clear();
    this.#removeDiscarded();
  }

  async retain(): Promise<void> {
    for (const log of [...this.#logs.values()]) {
      try {
        await log.retain();
      } catch (error) {
        this.#onEvent({ kind: "retentionFailed", topic: log.topic, partition: log.partition, error });
      }
    }
  }

  clean(limits: CleanerLimits): Promise<boolean> {
    return this.#cleaner.clean(this.#logs.values(), limits);
  }

  get cleanerMetrics(): CleanerMetrics {
    return this.#cleaner.metrics;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#checkpointTimer?.cancel();
    try {
      await this.#cleaner.stop();
      await this.#checkpointing;
      this.#removeDiscarded();
      await Promise.all([...this.#logs.values()].map((log) => log.settle()));
      for (const log of this.#logs.values()) log.close();
      if (this.#failure === undefined && this.durability !== "memory") {
        await this.#checkpoints.saveRecoveryPoints();
        this.#leaveMarker();
      }
    } catch (error) {
      // No marker: the next start reads the logs through.
      this.#onEvent({ kind: "checkpointFailed", error });
    } finally {
      this.#fail(new Error("the store is closed"), "closed");
      this.#env.openFiles.closeAll();
      this.#unlock();
    }
  }

  // Not with a damaged partition: the next start has to look closely to see the damage again.
  #leaveMarker(): void {
    const isDamaged =
      [...this.#logs.values()].some(({ isFenced }) => isFenced) ||
      [...this.#found.values()].some(({ corruption }) => corruption !== undefined);
    if (isDamaged) return;
    const marker = this.#world.files.open(`${this.#dataDir}/${cleanShutdownMarker}`, "w+");
    try {
      marker.write([Buffer.from('{"version":0,"brokerEpoch":-1}')], 0);
    } finally {
      marker.close();
    }
  }

  #flushAtEndOfTurn(flush: () => void): void {
    this.#flushes.push(flush);
    if (this.#flushes.length > 1) return;
    this.#world.timers.endOfTurn(() => {
      const flushes = this.#flushes;
      this.#flushes = [];
      for (const each of flushes) each();
    });
    if (this.durability === "memory" || this.#closing !== undefined) return;
    this.#checkpointTimer ??= this.#world.timers.idle(checkpointEveryMs[this.durability], () => {
      this.#checkpointTimer = undefined;
      if (this.#closing === undefined && this.#failure === undefined) this.#checkpointing = this.#checkpoint();
    });
  }

  async #checkpoint(): Promise<void> {
    try {
      // With durability `os` nobody else syncs what is not rolled yet.
      if (this.durability === "os") await Promise.all([...this.#logs.values()].map((log) => log.settle()));
      if (this.#failure === undefined) await this.#checkpoints.saveRecoveryPoints();
    } catch (error) {
      this.#onEvent({ kind: "checkpointFailed", error });
    }
  }

  #fail(error: unknown, kind: "failed" | "closed" = "failed"): void {
    if (this.#failure !== undefined) return;
    const why =
      kind === "closed"
        ? "the log store is closed"
        : "a sync failed, so nothing is acknowledged until the data folder is opened anew";
    this.#failure = new KafkaProtocolError("KAFKA_STORAGE_ERROR", why, { cause: error });
    if (kind === "failed") this.#onEvent({ kind: "storeFailed", error });
    for (const log of this.#logs.values()) log.failAll(this.#failure);
  }

  /** Takes a partition's folder away under a name no partition can have; its files go a little later. */
  #discard(name: string): void {
    const { files, random } = this.#world;
    const path = `${this.#dataDir}/${name}`;
    if (files.stat(path) === undefined) return;
    const gone = `${this.#dataDir}/${deletedFolderName(name, randomUuid(random))}`;
    files.rename(path, gone);
    this.#namesChanged = true;
    this.#discarded.push(gone);
  }

  // Files go once the new name is on the disk: (1) renamed and emptied, (2) the power goes, and all that is on the disk is that
  // `partition.metadata` went. The partition would be back, and taken for that of the next topic of its name.
  #removeDiscarded(): void {
    const discarded = this.#discarded;
    if (discarded.length === 0) return;
    this.#discarded = [];
    try {
      this.#env.syncFolderNames();
    } catch (error) {
      for (const path of discarded) this.#onEvent({ kind: "removalFailed", path, error });
      return;
    }
    for (const path of discarded) tryRemoveFolder(this.#world.files, path, this.#onEvent);
  }

  #offsets(ofLog: (log: SegmentedLog) => number, ofFound: (found: RecoveredLog) => number): Offsets {
    const offsets = new Map<string, number>();
    for (const [name, found] of this.#found) if (ofFound(found) > 0) offsets.set(name, ofFound(found));
    for (const [name, log] of this.#logs) if (ofLog(log) > 0) offsets.set(name, ofLog(log));
    return offsets;
  }
}
