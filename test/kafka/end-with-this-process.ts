import { spawn } from "node:child_process";
import { once } from "node:events";

// Vitest exits on Ctrl-C and on SIGTERM without its teardown, and nobody tears down behind a kill -9.
const watch = `
read _
for pid in "$1"/*/pid; do [ -f "$pid" ] && kill -9 "$(cat "$pid")"; done
rm -rf "$1"
`;

/**
 * Sees to it that the processes whose ids are in files named `pid`, one folder down, end with this process however that ends, and that
 * `folder` is removed. Answers what does so now.
 */
export function endWithThisProcess(folder: string): () => Promise<void> {
  // In a group of its own, for which no Ctrl-C is meant. Its input ends with this process.
  const watcher = spawn("sh", ["-c", watch, "sh", folder], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const ended = once(watcher, "close");
  return async () => {
    watcher.stdin.end();
    await ended;
  };
}
