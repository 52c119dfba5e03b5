import { batchesIn, encodeBatch, type KafkaRecord } from "@ottla/protocol";
import { type FileHandle, type FileSystem, memoryFiles, nodeWorld, type Workers } from "@ottla/world";
import { defaultLogConfig, type LogConfig } from "../log/log-config.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { LogStore, LogStoreOptions, StorageEvent } from "./log-store.js";
import { openLogStore } from "./open-log-store.js";

export const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
export const dataDir = "/data";

type FileCall = keyof FileSystem | keyof FileHandle;

/** A data folder in memory whose calls a test may count and fail, with a clock that only the test moves. */
export class StoreFixture {
  readonly files: FileSystem = memoryFiles();
  readonly events: StorageEvent[] = [];
  readonly calls: string[] = [];
  now = 1_000_000;
  openFiles = 0;
  /** Asked before each call; an error is thrown in its stead. */
  fail: (call: FileCall, path: string) => Error | undefined = () => undefined;
  /** What a sync takes beyond a turn. */
  syncOf: (path: string) => Promise<void> | undefined = () => undefined;

  /** Threads on these files, for a store that is to have some. */
  workersOn: ((files: FileSystem) => Workers) | undefined;

  /** Opens the folder. Doing so while another store is open is what a killed process leaves. */
  async open(options: Partial<LogStoreOptions> = {}): Promise<LogStore> {
    const files = this.#watched();
    const world = {
      clock: { now: () => this.now, monotonic: () => this.now },
      timers: nodeWorld.timers,
      random: nodeWorld.random,
      files,
      workers: this.workersOn?.(files),
    };
    return openLogStore(world, {
      durability: "sync",
      dataDir,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  /** Opens the folder and one partition in it. */
  async log(config: Partial<LogConfig> = {}, options: Partial<LogStoreOptions> = {}): Promise<OpenedLog> {
    const store = await this.open(options);
    return { store, log: store.create("t", topicId, 0, { ...defaultLogConfig, ...config }) };
  }

  /** Names in the partition's folder that end so. */
  names(suffix: string): string[] {
    return this.files.list(`${dataDir}/t-0`).filter((name) => name.endsWith(suffix));
  }

  bytes(path: string): Buffer {
    const handle = this.files.open(path, "r");
    const bytes = Buffer.alloc(handle.size());
    handle.read(bytes, 0);
    return bytes;
  }

  put(path: string, bytes: Buffer): void {
    this.files.open(path, "w+").write([bytes], 0);
  }

  /** A copy of the folder, as if the disk had been copied at this moment. */
  copy(): StoreFixture {
    const copy = new StoreFixture();
    copy.now = this.now;
    copy.workersOn = this.workersOn;
    const visit = (path: string): void => {
      copy.files.makeDirectory(path);
      for (const name of this.files.list(path)) {
        const inner = `${path}/${name}`;
        if (this.files.stat(inner)?.isDirectory) visit(inner);
        else copy.put(inner, this.bytes(inner));
      }
    };
    visit(dataDir);
    return copy;
  }

  #watched(): FileSystem {
    const watch = (call: FileCall, path: string): void => {
      const error = this.fail(call, path);
      if (error !== undefined) throw error;
      this.calls.push(`${call} ${path}`);
    };
    const { files } = this;
    return {
      open: (path, mode) => {
        watch("open", path);
        this.openFiles += 1;
        const handle = files.open(path, mode);
        const onClose = () => {
          this.openFiles -= 1;
        };
        return watchedHandle(
          handle,
          (call) => watch(call, path),
          onClose,
          () => this.syncOf(path),
        );
      },
      makeDirectory: (path) => {
        watch("makeDirectory", path);
        files.makeDirectory(path);
      },
      list: (path) => files.list(path),
      stat: (path) => files.stat(path),
      rename: (from, to) => {
        watch("rename", to);
        files.rename(from, to);
      },
      unlink: (path) => {
        watch("unlink", path);
        files.unlink(path);
      },
      removeDirectory: (path) => files.removeDirectory(path),
      syncDirectory: (path) => watch("syncDirectory", path),
    };
  }
}

export interface OpenedLog {
  readonly store: LogStore;
  readonly log: PartitionLog;
}

function watchedHandle(
  handle: FileHandle,
  watch: (call: FileCall) => void,
  onClose: () => void,
  sync: () => Promise<void> | undefined,
): FileHandle {
  return {
    write: (buffers, position) => {
      try {
        watch("write");
      } catch (error) {
        // A disk that fills up takes some of it first.
        const [first] = buffers;
        if (first !== undefined) handle.write([first.subarray(0, first.length >> 1)], position);
        throw error;
      }
      handle.write(buffers, position);
    },
    read: (target, position) => {
      watch("read");
      return handle.read(target, position);
    },
    readAsync: async (target, position) => {
      watch("readAsync");
      return handle.readAsync(target, position);
    },
    truncate: (size) => {
      watch("truncate");
      handle.truncate(size);
    },
    size: () => handle.size(),
    datasync: async () => {
      watch("datasync");
      await nextTurn();
      await sync();
    },
    datasyncNow: () => watch("datasyncNow"),
    close: () => {
      onClose();
      handle.close();
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => nodeWorld.timers.endOfTurn(resolve));

/** A batch of records with these values. */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const { timestamp = 1_000, key = null, ...header } = options;
  return encodeBatch(
    values.map((value) => ({ key: key === null ? null : Buffer.from(key), value: Buffer.from(value), timestamp })),
    header,
  );
}

type BatchOptions = NonNullable<Parameters<typeof encodeBatch>[1]> & { timestamp?: number; key?: string | null };

/** Appends a batch and waits until it is durable; answers its base offset. */
export async function append(
  log: PartitionLog,
  values: readonly string[],
  options: BatchOptions = {},
): Promise<number> {
  const { baseOffset, lastOffset } = log.append(batchOf(values, options), "client");
  await log.whenDurable(lastOffset + 1);
  return baseOffset;
}

/** The records from `from` to the high watermark, read in pieces. */
export async function readAll(log: PartitionLog, from = log.logStartOffset, maxBytes = 10_000): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  let next = from;
  while (next < log.highWatermark) {
    const { buffers } = await log.read(next, { maxBytes, minOneBatch: true, upTo: log.highWatermark });
    const before = next;
    for (const buffer of buffers) {
      for (const batch of batchesIn(buffer)) {
        if (!batch.hasValidCrc()) throw new Error(`the batch at ${batch.baseOffset} has a wrong checksum`);
        for (const record of batch.records()) if (record.offset >= next) records.push(record);
        next = batch.nextOffset;
      }
    }
    if (next === before) throw new Error(`nothing to read at ${next}, the high watermark is ${log.highWatermark}`);
  }
  return records;
}

export const valuesOf = (records: readonly KafkaRecord[]): string[] => records.map(({ value }) => String(value));
