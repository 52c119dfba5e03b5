import type { Readable } from "node:stream";

/** Where a command reads and writes: the process's own streams, or a test's. */
export interface Terminal {
  readonly input: Readable;
  /** Results, and nothing else: what a pipe receives. Resolves when the receiver keeps up. */
  write(text: string | Uint8Array): Promise<void>;
  /** What happens meanwhile: for people, never for pipes. */
  note(text: string): void;
  /** Overwrites the line before it on a terminal, writes nothing elsewhere. */
  progress(text: string): void;
  readonly signal: AbortSignal;
}

/** The process's own streams; `signal` fires at the first Ctrl-C or SIGTERM. */
export function processTerminal(): Terminal {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort(new DOMException("interrupted", "AbortError"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  // A reader that has seen enough (`| head`) closes the pipe: that ends the command, and is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  let progressShown = false;
  const clearProgress = () => {
    if (progressShown) process.stderr.write("\r\u001b[2K");
    progressShown = false;
  };
  return {
    input: process.stdin,
    write: (text) =>
      process.stdout.write(text) ? Promise.resolve() : new Promise((resolve) => process.stdout.once("drain", resolve)),
    note: (text) => {
      clearProgress();
      process.stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!process.stderr.isTTY) return;
      clearProgress();
      process.stderr.write(text);
      progressShown = text.length > 0;
    },
    signal: interrupted.signal,
  };
}
