import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Workers, WorkerThread } from "../workers.js";
import { nodeFiles } from "./node-files.js";
import type { JobAnswer, JobError, JobRequest } from "./serve-jobs.js";

class NodeThread implements WorkerThread {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #gone: Promise<void>;
  #failure: Error | undefined;
  #waiting: { readonly resolve: (answer: JobAnswer) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(module: URL) {
    // Nothing of the command line or the environment: what the program loads before itself is not for its threads.
    this.#worker = new Worker(module, { execArgv: [], env: {} });
    this.#worker.on("message", (answer: JobAnswer) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.resolve(answer);
    });
    this.#worker.on("messageerror", (error) => this.#fail(error));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#gone = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#fail(new Error("the worker thread ended"));
        resolve();
      });
    });
    this.ready = this.#answer().then(() => {});
    // Who starts a thread may end it without having waited.
    this.ready.catch(() => {});
  }

  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  async *run(job: string, input: unknown): AsyncGenerator<unknown, void, undefined> {
    await this.ready;
    let isOver = false;
    try {
      for (let request: JobRequest = { job, input }; ; request = "next") {
        const answer = await this.#ask(request);
        if (answer.kind === "result") {
          yield answer.result;
          continue;
        }
        isOver = true;
        if (answer.kind === "failed") throw asError(answer.error);
        return;
      }
    } finally {
      if (!isOver) await this.end();
    }
  }

  async end(): Promise<void> {
    this.#fail(new Error("the worker thread was ended"));
    await this.#worker.terminate();
    await this.#gone;
  }

  #ask(request: JobRequest): Promise<JobAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#worker.ref();
    const answer = this.#answer();
    this.#worker.postMessage(request);
    return answer;
  }

  async #answer(): Promise<JobAnswer> {
    try {
      return await new Promise<JobAnswer>((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    } finally {
      this.#worker.unref();
    }
  }

  /** The first reason counts: an error is followed by the end. */
  #fail(reason: Error): void {
    this.#failure ??= reason;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}

function asError({ name, message, code, stack }: JobError): Error {
  const error = Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });
  if (stack !== undefined) error.stack = stack;
  return error;
}

const isFile = (module: URL): boolean => module.protocol === "file:" && existsSync(fileURLToPath(module));

export const nodeWorkers: Workers = Object.freeze({
  files: nodeFiles,
  start: (module: URL) => (isFile(module) ? new NodeThread(module) : undefined),
});
