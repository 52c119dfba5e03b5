import { readFileSync } from "node:fs";

/** What tells one run of one process from every other: enough to see whether the writer of a lock file still lives. */
interface ProcessStamp {
  readonly pid: number;
  readonly bootId: string;
  readonly startTime: string;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

// "pid (name) state ppid …": the name may hold anything, so count from its closing bracket; the start time is field 22.
const statOf = (pid: number): readonly string[] => {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
};

const startTimeOf = (pid: number): string => statOf(pid)[19] ?? "";

// Killed, and its parent has not asked yet: it holds nothing any more.
const isZombie = (pid: number): boolean => statOf(pid)[0] === "Z";

const bootId = (): string => read("/proc/sys/kernel/random/boot_id")?.trim() ?? "";

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * This process, and whether another one still runs. Where the system tells (Linux), boot and start time are compared as well,
 * so that a process id used again is not taken for its earlier owner; elsewhere a living process id is all there is to go by.
 */
export const nodeProcess = Object.freeze({
  get self(): ProcessStamp {
    return { pid: process.pid, bootId: bootId(), startTime: startTimeOf(process.pid) };
  },
  isRunning(stamp: ProcessStamp): boolean {
    if (stamp.bootId !== bootId() || !exists(stamp.pid) || isZombie(stamp.pid)) return false;
    return stamp.startTime === startTimeOf(stamp.pid);
  },
});
