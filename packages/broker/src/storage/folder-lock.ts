import type { Clock, FileHandle, FileSystem } from "@ottla/world";
import { DataFolderError } from "./data-folder-error.js";
import { readText } from "./partition-folder.js";
import type { ProcessIdentity, ProcessStamp } from "./process-identity.js";

/*
 * Node has no flock, so a lock is a file that says who holds the folder, and a file of a process that no longer runs counts
 * for nothing. Replacing such a file in place would race: two processes find it dead, one replaces it, the other replaces the
 * first one's. So locks are numbered. Whoever finds the highest number dead makes the next one, which only one process
 * can, and then looks whether a higher one appeared meanwhile; the highest is never removed, only marked as released.
 */
const lockName = /^\.lock\.(\d+)$/;
const released = "released";
// Between making its file and writing into it a process needs microseconds; an empty file older than this was left by a crash.
const makingMs = 5_000;

/**
 * Takes a folder for this process. Answers the call that gives it back; a process that is killed needs not.
 *
 * @throws {@link DataFolderError} `IN_USE`, naming the holder.
 */
export function lockFolder(files: FileSystem, dataDir: string, identity: ProcessIdentity, clock: Clock): () => void {
  const before = highestLock(files, dataDir);
  if (before > 0) checkFree(files, dataDir, `${dataDir}/.lock.${before}`, identity, clock);
  const mine = before + 1;
  const path = `${dataDir}/.lock.${mine}`;
  claim(files, path, JSON.stringify(identity.self), dataDir);
  if (highestLock(files, dataDir) > mine) {
    files.unlink(path);
    throw inUse(dataDir, "another process that took it just now");
  }
  for (const number of locksIn(files, dataDir)) if (number < mine) files.unlink(`${dataDir}/.lock.${number}`);
  return () => write(files.open(path, "w+"), released);
}

function checkFree(files: FileSystem, dataDir: string, path: string, identity: ProcessIdentity, clock: Clock): void {
  const text = readText(files, path) ?? released;
  if (text === released) return;
  const holder = parseStamp(text);
  if (holder !== undefined) {
    if (identity.isRunning(holder)) throw inUse(dataDir, `process ${holder.pid}`);
    return;
  }
  const age = clock.now() - (files.stat(path)?.modifiedMs ?? 0);
  if (age >= 0 && age < makingMs) throw inUse(dataDir, "a process that is just starting");
}

const inUse = (dataDir: string, holder: string): DataFolderError =>
  new DataFolderError("IN_USE", `${dataDir} is in use by ${holder}: stop it, or choose another data folder`);

const locksIn = (files: FileSystem, dataDir: string): number[] =>
  files.list(dataDir).flatMap((name) => {
    const number = lockName.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });

const highestLock = (files: FileSystem, dataDir: string): number => Math.max(0, ...locksIn(files, dataDir));

function parseStamp(text: string): ProcessStamp | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, bootId, startTime } = value as Partial<Record<keyof ProcessStamp, unknown>>;
    if (typeof pid !== "number" || typeof bootId !== "string" || typeof startTime !== "string") return undefined;
    return { pid, bootId, startTime };
  } catch {
    return undefined;
  }
}

function claim(files: FileSystem, path: string, text: string, dataDir: string): void {
  let handle: FileHandle;
  try {
    handle = files.open(path, "wx+");
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw isTaken ? inUse(dataDir, "another process that took it just now") : error;
  }
  try {
    write(handle, text);
  } catch (error) {
    // The disk is full. Left empty, the file would keep everybody out as long as a process may take to start.
    files.unlink(path);
    throw error;
  }
}

function write(handle: FileHandle, text: string): void {
  try {
    handle.write([Buffer.from(text)], 0);
  } finally {
    handle.close();
  }
}
