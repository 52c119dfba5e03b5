import type { FileSystem } from "@ottla/world";
import { LeaderEpochs } from "../log/leader-epochs.js";
import type { LogEnvironment } from "../log/log-environment.js";
import { ProducerStates } from "../log/producer-state.js";
import { type RecoveredLog, recoverLog } from "../log/recover-log.js";
import type { Checkpoints } from "./checkpoints.js";
import type { LogStoreOptions } from "./log-store.js";
import { isDeletedFolder, parseFolderName, removeFolder } from "./partition-folder.js";

type Report = NonNullable<LogStoreOptions["onEvent"]>;

/** A data folder, and what its logs are recovered with. */
export interface FoldersToRecover {
  readonly files: FileSystem;
  readonly dataDir: string;
  readonly env: LogEnvironment;
  readonly checkpoints: Checkpoints;
  readonly onEvent: Report;
}

/** The file by which a stop says that it was orderly. */
export const cleanShutdownMarker = ".kafka_cleanshutdown";

const recoveriesAtOnce = 4;

/** Reads what a data folder holds: its logs by folder name. What is left of deleted ones goes. */
export async function recoverFolders(data: FoldersToRecover): Promise<ReadonlyMap<string, RecoveredLog>> {
  const { files, dataDir, onEvent } = data;
  const marker = `${dataDir}/${cleanShutdownMarker}`;
  const isClean = files.stat(marker) !== undefined;
  if (isClean) files.unlink(marker);
  // Before anybody hears the cluster id or finds a partition here: a process that was killed may have made the names, and
  // they must not go with the power. And before anything is appended, the marker is to be gone: coming back it would
  // vouch for a tail that nobody synced.
  files.syncDirectory(dataDir);
  const names: string[] = [];
  for (const name of files.list(dataDir)) {
    const path = `${dataDir}/${name}`;
    if (files.stat(path)?.isDirectory !== true) continue;
    if (isDeletedFolder(name)) tryRemoveFolder(files, path, onEvent);
    else if (parseFolderName(name) !== undefined) names.push(name);
  }
  const recovered = new Map<string, RecoveredLog>();
  const pending = names.values();
  const workers = Array.from({ length: recoveriesAtOnce }, async () => {
    for (const name of pending) recovered.set(name, await recoverFolder(data, name, isClean));
  });
  await Promise.all(workers);
  const inOrder = new Map<string, RecoveredLog>();
  for (const name of names) {
    const log = recovered.get(name);
    if (log !== undefined) inOrder.set(name, log);
  }
  return inOrder;
}

async function recoverFolder(data: FoldersToRecover, name: string, isClean: boolean): Promise<RecoveredLog> {
  const { dataDir, env, checkpoints, onEvent } = data;
  const path = `${dataDir}/${name}`;
  const recoveryPoint = checkpoints.recoveryPoint(name);
  const logStartOffset = checkpoints.logStart(name);
  const partition = parseFolderName(name) ?? { topic: name, partition: 0 };
  try {
    const log = await recoverLog(env, { path, isClean, recoveryPoint, logStartOffset });
    if (log.cut !== undefined) onEvent({ kind: "tailCut", ...partition, ...log.cut });
    if (log.corruption !== undefined) {
      onEvent({ kind: "partitionFenced", ...partition, reason: log.corruption });
    }
    return log;
  } catch (error) {
    // A file that cannot be read takes its partition out, not the broker.
    const corruption = `its files cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    onEvent({ kind: "partitionFenced", ...partition, reason: corruption });
    const start = logStartOffset ?? 0;
    return {
      content: emptyContent(path, { exists: true, nextOffset: Math.max(start, recoveryPoint), recoveryPoint }),
      logStartOffset: start,
      corruption,
    };
  }
}

/** Removes a folder; one that cannot be removed is told of, and left for the next start. */
export function tryRemoveFolder(files: FileSystem, path: string, onEvent: Report): void {
  try {
    removeFolder(files, path);
  } catch (error) {
    onEvent({ kind: "removalFailed", path, error });
  }
}

/** A log without segments, which begins at `nextOffset`. */
export function emptyContent(
  path: string,
  {
    exists,
    nextOffset,
    recoveryPoint,
  }: { readonly exists: boolean; readonly nextOffset: number; readonly recoveryPoint: number },
): RecoveredLog["content"] {
  return {
    path,
    topicId: undefined,
    exists,
    segments: [],
    nextOffset,
    recoveryPoint,
    epochs: new LeaderEpochs(),
    producers: new ProducerStates(),
    snapshots: [],
    isUnsure: exists,
  };
}
