import type { FileSystem } from "./file-system.js";

/** A thread beside the event loop. It does one job at a time, of those that its module serves ({@link serveJobs}). */
export interface WorkerThread {
  /** Resolves when it can do jobs, rejects when its module cannot be run. */
  readonly ready: Promise<void>;
  /** False once it was ended, or died. */
  readonly isAlive: boolean;
  /**
   * Does a job once the thread is ready. What it yields comes one by one, each made when it is asked for; all is handed over as a
   * copy. What the job throws is thrown here, as an Error of that name, message and code. Leaving before the end of a job ends the
   * thread, and with it what the job was doing.
   */
  run(job: string, input: unknown): AsyncGenerator<unknown, void, undefined>;
  /** Stops the thread in the middle of whatever it does: the job under way fails. Resolves when it is gone; twice is fine. */
  end(): Promise<void>;
}

/** Threads for work that would hold up the event loop. A world without them has it done there, piece by piece. */
export interface Workers {
  /** The only part of a world that a worker has: work on other files stays on the event loop. */
  readonly files: FileSystem;
  /**
   * Starts a thread. The process stays alive for it while it starts and while a job is under way.
   *
   * @param module - An ES module that calls {@link serveJobs}. Where there is no such file, the answer is `undefined`.
   */
  start(module: URL): WorkerThread | undefined;
}
