import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerThread } from "../workers.js";
import { nodeWorkers } from "./node-workers.js";

const folder = mkdtempSync(join(tmpdir(), "ottla-workers-"));
const jobs = join(folder, "node", "jobs.js");

/** Node 20 runs no TypeScript: what a worker imports is made JavaScript beside its module. */
beforeAll(() => {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
  const source = fileURLToPath(new URL("..", import.meta.url));
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), "utf8"), { compilerOptions });
    const target = join(folder, name.replace(/\.ts$/, ".js"));
    ts.sys.createDirectory(join(target, ".."));
    writeFileSync(target, outputText);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    jobs,
    `import { serveJobs } from "./serve-jobs.js";
    serveJobs({
      async *count({ from, to }) { for (let next = from; next < to; next += 1) yield { next }; },
      async *read(path, files) {
        const file = files.open(path, "r");
        const bytes = Buffer.alloc(file.size());
        await file.readAsync(bytes, 0);
        yield bytes.toString();
      },
      async *fail() { throw Object.assign(new RangeError("no"), { name: "Corruption", code: "EIO" }); },
      async *die() { process.exit(3); },
      async *hang() { for (;;); },
      async *throwLater() { setImmediate(() => { throw new TypeError("out of nowhere"); }); await new Promise(() => {}); },
      async *unsendable() { yield () => {}; },
    });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function resultsOf(thread: WorkerThread, job: string, input: unknown = {}): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const result of thread.run(job, input)) results.push(result);
  return results;
}

function start(path: string): WorkerThread {
  const thread = nodeWorkers.start(pathToFileURL(path));
  if (thread === undefined) throw new Error(`${path} is not there`);
  return thread;
}

async function withThread(use: (thread: WorkerThread) => Promise<void>): Promise<void> {
  const thread = start(jobs);
  try {
    await use(thread);
  } finally {
    await thread.end();
  }
}

describe("a worker thread on Node", () => {
  it("does one job after the other, on the files of this process", () =>
    withThread(async (thread) => {
      expect(await resultsOf(thread, "count", { from: 3, to: 6 })).toEqual([{ next: 3 }, { next: 4 }, { next: 5 }]);
      expect(await resultsOf(thread, "count", { from: 3, to: 3 })).toEqual([]);
      expect(await resultsOf(thread, "read", join(folder, "package.json"))).toEqual(['{ "type": "module" }']);
      expect(thread.isAlive).toBe(true);
    }));

  it("passes on what a job throws, with name, message and code, and lives on", () =>
    withThread(async (thread) => {
      await expect(resultsOf(thread, "fail")).rejects.toMatchObject({
        name: "Corruption",
        message: "no",
        code: "EIO",
        stack: expect.stringContaining(basename(jobs)),
      });
      await expect(resultsOf(thread, "read", join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
      await expect(resultsOf(thread, "none")).rejects.toThrow("no job none");
      await expect(resultsOf(thread, "unsendable")).rejects.toThrow("could not be cloned");
      expect(await resultsOf(thread, "count", { from: 0, to: 1 })).toHaveLength(1);
    }));

  it.each([
    { job: "die", why: "the worker thread ended" },
    { job: "throwLater", why: "out of nowhere" },
  ])("fails the job under way, and all after it, when it dies ($job)", ({ job, why }) =>
    withThread(async (thread) => {
      await expect(resultsOf(thread, job)).rejects.toThrow(why);
      expect(thread.isAlive).toBe(false);
      await expect(resultsOf(thread, "count", { from: 0, to: 1 })).rejects.toThrow(why);
    }),
  );

  it("is ended in the middle of a job that never looks up, and when somebody leaves one before its end", () =>
    withThread(async (thread) => {
      const hanging = resultsOf(thread, "hang");
      await thread.ready;
      await thread.end();
      await expect(hanging).rejects.toThrow("was ended");
      await withThread(async (left) => {
        for await (const _ of left.run("count", { from: 0, to: 9 })) break;
        expect(left.isAlive).toBe(false);
      });
    }));

  it.each([
    { title: "fails", name: "broken.js", content: "throw new Error('broken');", why: "broken" },
    { title: "serves nothing", name: "empty.js", content: "", why: "the worker thread ended" },
  ])("is never ready when its module $title", async ({ name, content, why }) => {
    writeFileSync(join(folder, name), content);
    const thread = start(join(folder, name));
    await expect(thread.ready).rejects.toThrow(why);
    expect(thread.isAlive).toBe(false);
    await thread.end();
  });

  it.each([pathToFileURL(join(folder, "none.js")), new URL("data:text/javascript,")])(
    "is none without a file",
    (module) => {
      expect(nodeWorkers.start(module)).toBeUndefined();
    },
  );

  it("may be ended before it is ready", async () => {
    const thread = start(jobs);
    await thread.end();
    await thread.end();
    await expect(thread.ready).rejects.toThrow("was ended");
  });
});
