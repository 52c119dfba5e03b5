import { cpSync } from "node:fs";
import { type Compression, encodeBatch, encodeControlBatch } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { defaultLogConfig, type LogConfig } from "../../../packages/broker/src/log/log-config.js";
import type { PartitionLog } from "../../../packages/broker/src/log/partition-log.js";
import type { LogStore } from "../../../packages/broker/src/storage/log-store.js";
import { openLogStore } from "../../../packages/broker/src/storage/open-log-store.js";

const codecs: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/** Logs whose files show all that a log writes. */
const topics: Readonly<Record<string, Partial<LogConfig>>> = {
  small: { segmentBytes: 4_000, indexIntervalBytes: 300 },
  large: { segmentBytes: 1_000_000 },
  stamped: { messageTimestampType: "LogAppendTime", segmentBytes: 6_000, indexIntervalBytes: 300 },
  recompressed: { compressionType: "zstd", segmentBytes: 4_000, indexIntervalBytes: 300 },
  unpacked: { compressionType: "uncompressed", segmentBytes: 4_000, indexIntervalBytes: 300 },
};

const idOf = (index: number): string => Buffer.alloc(16, index + 1).toString("base64url");

interface Producer {
  readonly id: number;
  epoch: number;
  sequence: number;
}

/**
 * Fills a data folder: all codecs, idempotent producers and plain ones, transactions that are committed, aborted and left open, and
 * deleted records; then an orderly stop, more of the same, and a copy of the folder as a kill would leave it, which is opened once
 * more. Answers the folders: stopped, killed, recovered.
 */
export async function writeMixedFolders(folder: string): Promise<readonly string[]> {
  const stopped = `${folder}/stopped`;
  const killed = `${folder}/killed`;
  const recovered = `${folder}/recovered`;
  const first = await open(stopped);
  const producers = new Map<string, Producer[]>();
  for (const [name, log] of first.logs) {
    producers.set(
      name,
      [1, 2, 3].map((id) => ({ id, epoch: 0, sequence: 0 })),
    );
    await fill(log, producers.get(name) ?? [], 0);
    await log.deleteRecordsBefore(Math.floor(log.highWatermark / 3));
  }
  await first.store.close();
  copy(stopped, killed);
  const second = await open(killed);
  for (const [name, log] of second.logs) await fill(log, producers.get(name) ?? [], 1);
  copy(killed, recovered);
  const third = await open(recovered);
  for (const [name, log] of third.logs) {
    await fill(log, producers.get(name) ?? [], 2);
    // After a kill the indexes of finished segments are made anew when somebody asks.
    await log.abortedTransactions(log.logStartOffset, log.logEndOffset);
  }
  await third.store.close();
  await second.store.close();
  return [stopped, killed, recovered];
}

/** All but the lock of the process that has it. */
const copy = (from: string, to: string): void =>
  cpSync(from, to, { recursive: true, filter: (path) => !path.includes("/.lock") });

async function open(dataDir: string): Promise<{ store: LogStore; logs: ReadonlyMap<string, PartitionLog> }> {
  const store = await openLogStore(nodeWorld, { dataDir, durability: "sync" });
  const logs = new Map<string, PartitionLog>();
  for (const [index, [name, config]] of Object.entries(topics).entries()) {
    logs.set(name, store.create(name, idOf(index), 0, { ...defaultLogConfig, ...config }));
  }
  store.removeUnclaimed();
  return { store, logs };
}

async function fill(log: PartitionLog, producers: readonly Producer[], round: number): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    const compression = codecs[step % codecs.length] ?? "none";
    const records = Array.from({ length: 1 + (step % 7) }, (_, index) => ({
      key: step % 3 === 0 ? null : Buffer.from(`key-${index}`),
      value: step % 11 === 0 ? null : Buffer.from(`round ${round} step ${step} ${"·".repeat((step * 13) % 90)}`),
      headers: step % 4 === 0 ? [{ key: "h", value: Buffer.from("v") }] : [],
      timestamp: nodeWorld.clock.now() - 60_000 + ((step * 7_919) % 1_000),
    }));
    log.append(encodeBatch(records, { compression }), "client");
    const producer = producers[step % producers.length];
    if (producer === undefined) continue;
    const header = { producerId: producer.id, producerEpoch: producer.epoch, baseSequence: producer.sequence };
    log.append(encodeBatch(records, { compression, ...header, isTransactional: true }), "client", {
      transactionVersion: 2,
    });
    producer.sequence += records.length;
    // The last producer's transactions stay open from time to time.
    if (step % 5 === 4 && !(producer.id === 3 && step > 30)) end(log, producer, step % 10 === 9 ? "commit" : "abort");
    if (step % 9 === 0) await log.whenDurable(log.logEndOffset);
  }
  await log.whenDurable(log.logEndOffset);
}

function end(log: PartitionLog, producer: Producer, type: "abort" | "commit"): void {
  producer.epoch += 1;
  producer.sequence = 0;
  const { id: producerId, epoch: producerEpoch } = producer;
  const marker = encodeControlBatch({
    type,
    producerId,
    producerEpoch,
    coordinatorEpoch: 4,
    timestamp: nodeWorld.clock.now(),
  });
  log.append(marker, "coordinator", { transactionVersion: 2 });
}
