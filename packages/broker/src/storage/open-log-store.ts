import { type FileSystem, memoryFiles, nodeProcess, nodeWorld } from "@ottla/world";
import { lockFolder } from "./folder-lock.js";
import { FolderLogStore, type StoreWorld } from "./folder-log-store.js";
import type { LogStore, LogStoreOptions } from "./log-store.js";
import { claimFolder } from "./meta-properties.js";

/**
 * Opens a data folder: locks it, looks whose it is, and recovers what a crash left. With durability `memory` there is no folder.
 *
 * @throws {@link DataFolderError} when another process has it, a newer release wrote it, or it is of another node or cluster.
 */
export async function openLogStore(world: StoreWorld, options: LogStoreOptions): Promise<LogStore> {
  const { dataDir, durability } = options;
  if (durability === "memory") {
    const files = memoryFiles(() => world.clock.now());
    const { clock, timers, random } = world;
    return openFolder({ clock, timers, random, files }, "/memory", () => {}, options);
  }
  if (dataDir === undefined) throw new TypeError(`durability "${durability}" needs a dataDir`);
  makeFolder(world, dataDir);
  const holder = options.process ?? (world.files === nodeWorld.files ? nodeProcess : undefined);
  const unlock = holder === undefined ? () => {} : lockFolder(world.files, dataDir, holder, world.clock);
  return openFolder(world, dataDir, unlock, options);
}

async function openFolder(
  world: StoreWorld,
  dataDir: string,
  unlock: () => void,
  options: LogStoreOptions,
): Promise<LogStore> {
  try {
    if (options.durability === "memory") world.files.makeDirectory(dataDir);
    const { clusterId, nodeId } = options;
    const owner = await claimFolder(world.files, dataDir, { clusterId, nodeId }, world.random);
    return await FolderLogStore.open(world, { dataDir, unlock, ...owner }, options);
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Makes the folder and those above it, for good. Until the folder has an owner that is done anew: (1) the folders are made,
 * (2) the process is killed before it syncs them, (3) the next one finds them, fills them, and the power takes them all.
 */
function makeFolder({ files }: StoreWorld, dataDir: string): void {
  if (files.stat(`${dataDir}/meta.properties`) !== undefined) return;
  files.makeDirectory(dataDir);
  for (let path = dataDir; ; ) {
    const parent = path.slice(0, Math.max(path.search(/[\\/][^\\/]+[\\/]*$/), 1));
    if (parent === path) return;
    trySync(files, parent);
    path = parent;
  }
}

function trySync(files: FileSystem, path: string): void {
  try {
    files.syncDirectory(path);
  } catch (error) {
    // A folder we may not read is none that we made.
    if (!/^(EACCES|EPERM)$/.test(String((error as { code?: unknown }).code))) throw error;
  }
}
