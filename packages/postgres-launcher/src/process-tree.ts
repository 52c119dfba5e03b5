import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The processes whose parent is `parent`. */
export function childrenOf(parent: number): number[] {
  return (process.platform === "linux" ? fromProc() : fromPs())
    .filter(({ parentPid }) => parentPid === parent)
    .map(({ pid }) => pid);
}

interface Process {
  readonly pid: number;
  readonly parentPid: number;
}

function fromProc(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // "pid (name) state ppid …", where the name may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [, parentPid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(name), parentPid: Number(parentPid) }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

function fromPs(): Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parentPid] = line.trim().split(/\s+/).map(Number);
    return { pid: pid ?? 0, parentPid: parentPid ?? 0 };
  });
}
