import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The processes whose parent is `parent`. */
export function childrenOf(parent: number): number[] {
  return (process.platform === "linux" ? fromProc() : fromPs())
    .filter(({ parentPid }) => parentPid === parent)
    .map(({ pid }) => pid);
}

/** Whether any of these processes still runs. One that ended and was not yet buried by its parent does not. */
export function isAnyAlive(pids: readonly number[]): boolean {
  const alive = process.platform === "linux" ? fromProc() : fromPs();
  return alive.some(({ pid, state }) => pids.includes(pid) && !state.startsWith("Z"));
}

interface Process {
  readonly pid: number;
  readonly parentPid: number;
  readonly state: string;
}

function fromProc(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // "pid (name) state ppid …", where the name may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state = "", parentPid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(name), parentPid: Number(parentPid), state }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

function fromPs(): Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parentPid, state = ""] = line.trim().split(/\s+/);
    return { pid: Number(pid), parentPid: Number(parentPid), state };
  });
}
