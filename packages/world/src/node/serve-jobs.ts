import { parentPort } from "node:worker_threads";
import type { FileSystem } from "../file-system.js";
import { workerFiles } from "./worker-files.js";

/** Jobs by name. Each takes and yields what can be cloned, and has nothing of the world but files. */
export type Jobs = Readonly<Record<string, (input: never, files: FileSystem) => AsyncIterable<unknown>>>;

/** What a worker is told: to begin a job and make its first result, or to make the next one. */
export type JobRequest = { readonly job: string; readonly input: unknown } | "next";

/** What a worker says, once for each request, and `ready` before. */
export type JobAnswer =
  | { readonly kind: "ready" | "done" }
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "failed"; readonly error: JobError };

/** An error as it crosses threads: what is cloned of one has neither name nor code. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string | undefined;
}

/** Makes this module one that a {@link WorkerThread} can be started with. To be called once, in a worker. */
export function serveJobs(jobs: Jobs): void {
  const port = parentPort;
  if (port === null) throw new Error("serveJobs is for the module of a worker thread");
  const say = (answer: JobAnswer): void => port.postMessage(answer);
  let results: AsyncIterator<unknown> | undefined;

  async function next(request: JobRequest): Promise<void> {
    try {
      if (request !== "next") {
        const job = jobs[request.job];
        if (job === undefined) throw new TypeError(`no job ${request.job} is served here`);
        results = job(request.input as never, workerFiles)[Symbol.asyncIterator]();
      }
      const result = await results?.next();
      say(result === undefined || result.done === true ? { kind: "done" } : { kind: "result", result: result.value });
    } catch (error) {
      say({ kind: "failed", error: described(error) });
    }
  }

  port.on("message", (request: JobRequest) => void next(request));
  say({ kind: "ready" });
}

function described(error: unknown): JobError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  return { name, message, stack, ...("code" in error ? { code: String(error.code) } : {}) };
}
