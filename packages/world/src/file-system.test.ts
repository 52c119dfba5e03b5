import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { FileSystem } from "./file-system.js";
import { memoryFiles } from "./memory/memory-files.js";
import { nodeFiles } from "./node/node-files.js";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const systems: readonly { name: string; fresh: () => { files: FileSystem; root: string } }[] = [
  {
    name: "memory",
    fresh: () => {
      const files = memoryFiles();
      files.makeDirectory("/data");
      return { files, root: "/data" };
    },
  },
  {
    name: "node",
    fresh: () => {
      const root = mkdtempSync(join(tmpdir(), "ottla-files-"));
      folders.push(root);
      return { files: nodeFiles, root };
    },
  },
];

const bytes = (...values: number[]): Buffer => Buffer.from(values);

function content(files: FileSystem, path: string): Buffer {
  const file = files.open(path, "r");
  try {
    const target = Buffer.alloc(file.size());
    return target.subarray(0, file.read(target, 0));
  } finally {
    file.close();
  }
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
  return "none";
}

describe.each(systems)("files in $name", ({ fresh }) => {
  it("reads what was written, and zeros where nothing was", () => {
    const { files, root } = fresh();
    const path = join(root, "a");
    const file = files.open(path, "wx+");
    file.write([bytes(1, 2), bytes(), bytes(3)], 0);
    file.write([bytes(9)], 6);
    expect(content(files, path)).toEqual(bytes(1, 2, 3, 0, 0, 0, 9));
    expect(file.size()).toBe(7);
    expect(file.read(Buffer.alloc(4), 7)).toBe(0);
    expect(file.read(Buffer.alloc(4), 5)).toBe(2);
    file.close();
  });

  it("forgets what was cut off, also when the file grows again", () => {
    const { files, root } = fresh();
    const path = join(root, "a");
    const file = files.open(path, "w+");
    file.write([bytes(1, 2, 3, 4)], 0);
    file.truncate(2);
    file.truncate(4);
    file.write([bytes(5)], 5);
    expect(content(files, path)).toEqual(bytes(1, 2, 0, 0, 0, 5));
    file.close();
    files.open(path, "w+").close();
    expect(content(files, path)).toEqual(bytes());
  });

  it("keeps serving an open file that was renamed over or unlinked", () => {
    const { files, root } = fresh();
    const [a, b] = [join(root, "a"), join(root, "b")];
    const first = files.open(a, "w+");
    first.write([bytes(1)], 0);
    const second = files.open(b, "w+");
    second.write([bytes(2)], 0);
    files.rename(a, b);
    expect(files.list(root)).toEqual(["b"]);
    expect(content(files, b)).toEqual(bytes(1));
    files.unlink(b);
    first.write([bytes(7)], 1);
    const target = Buffer.alloc(2);
    expect([first.read(target, 0), ...target]).toEqual([2, 1, 7]);
    expect([second.read(target, 0), target[0]]).toEqual([1, 2]);
    expect(files.stat(b)).toBeUndefined();
    first.close();
    second.close();
  });

  it("reads and syncs without blocking", async () => {
    const { files, root } = fresh();
    const file = files.open(join(root, "a"), "w+");
    file.write([bytes(4, 5, 6)], 0);
    await file.datasync();
    file.datasyncNow();
    files.syncDirectory(root);
    const target = Buffer.alloc(2);
    expect(await file.readAsync(target, 1)).toBe(2);
    expect(target).toEqual(bytes(5, 6));
    file.close();
  });

  it("moves folders and lists names in order", () => {
    const { files, root } = fresh();
    files.makeDirectory(join(root, "x", "y"));
    files.makeDirectory(join(root, "x", "y"));
    files.open(join(root, "x", "b"), "w+").close();
    files.open(join(root, "x", "a"), "w+").close();
    files.rename(join(root, "x"), join(root, "z"));
    expect(files.list(join(root, "z"))).toEqual(["a", "b", "y"]);
    expect(files.stat(join(root, "z", "y"))?.isDirectory).toBe(true);
    expect(files.stat(join(root, "z", "a"))).toMatchObject({ size: 0, isDirectory: false });
    files.removeDirectory(join(root, "z", "y"));
    expect(files.list(join(root, "z"))).toEqual(["a", "b"]);
  });

  it("knows of nothing where nothing can be", () => {
    const { files, root } = fresh();
    files.open(join(root, "file"), "w+").close();
    expect(files.stat(join(root, "none", "a"))).toBeUndefined();
    expect(files.stat(join(root, "file", "a"))).toBeUndefined();
  });

  it.each<[string, (files: FileSystem, root: string) => unknown]>([
    ["ENOENT", (files, root) => files.open(join(root, "none"), "r")],
    ["ENOENT", (files, root) => files.open(join(root, "none"), "r+")],
    ["ENOENT", (files, root) => files.open(join(root, "none", "a"), "w+")],
    ["EEXIST", (files, root) => files.open(join(root, "file"), "wx+")],
    ["EEXIST", (files, root) => files.open(join(root, "full"), "wx+")],
    ["EISDIR", (files, root) => files.open(join(root, "full"), "r+")],
    ["ENOTDIR", (files, root) => files.open(join(root, "file", "a"), "w+")],
    ["EEXIST", (files, root) => files.makeDirectory(join(root, "file"))],
    ["ENOTDIR", (files, root) => files.makeDirectory(join(root, "file", "a"))],
    ["ENOENT", (files, root) => files.list(join(root, "none"))],
    ["ENOTDIR", (files, root) => files.list(join(root, "file"))],
    ["ENOENT", (files, root) => files.rename(join(root, "none"), join(root, "a"))],
    ["ENOENT", (files, root) => files.rename(join(root, "file"), join(root, "none", "a"))],
    ["EISDIR", (files, root) => files.rename(join(root, "file"), join(root, "full"))],
    ["ENOTDIR", (files, root) => files.rename(join(root, "full"), join(root, "file"))],
    ["ENOTEMPTY", (files, root) => files.rename(join(root, "empty"), join(root, "full"))],
    ["EINVAL", (files, root) => files.rename(join(root, "full"), join(root, "full", "b"))],
    ["ENOENT", (files, root) => files.unlink(join(root, "none"))],
    ["EISDIR", (files, root) => files.unlink(join(root, "full"))],
    ["ENOENT", (files, root) => files.removeDirectory(join(root, "none"))],
    ["ENOTDIR", (files, root) => files.removeDirectory(join(root, "file"))],
    ["ENOTEMPTY", (files, root) => files.removeDirectory(join(root, "full"))],
    ["ENOENT", (files, root) => files.syncDirectory(join(root, "none"))],
    ["none", (files, root) => files.rename(join(root, "full"), join(root, "empty"))],
    ["none", (files, root) => files.rename(join(root, "file"), join(root, "file"))],
  ])("answers %s as the kernel does (%#)", (code, action) => {
    const { files, root } = fresh();
    files.open(join(root, "file"), "w+").close();
    files.makeDirectory(join(root, "empty"));
    files.makeDirectory(join(root, "full", "inner"));
    expect(codeOf(() => action(files, root))).toBe(code);
  });

  it("refuses an open file's use after close, and writes through a reader", async () => {
    const { files, root } = fresh();
    const path = join(root, "a");
    files.open(path, "w+").close();
    const reader = files.open(path, "r");
    expect(codeOf(() => reader.write([bytes(1)], 0))).toBe("EBADF");
    reader.close();
    reader.close();
    const writer = files.open(path, "r+");
    writer.close();
    expect(codeOf(() => writer.write([bytes(1)], 0))).toBe("EBADF");
    expect(codeOf(() => writer.truncate(1))).toBe("EBADF");
    expect(codeOf(() => writer.read(Buffer.alloc(1), 0))).toBe("EBADF");
    expect(codeOf(() => writer.size())).toBe("EBADF");
    expect(codeOf(() => writer.datasyncNow())).toBe("EBADF");
    await expect(writer.datasync()).rejects.toMatchObject({ code: "EBADF" });
    await expect(writer.readAsync(Buffer.alloc(1), 0)).rejects.toMatchObject({ code: "EBADF" });
  });
});

describe("files in memory", () => {
  it("hold what an array of bytes holds", () => {
    const size = fc.integer({ min: 0, max: 200_000 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant("write"), at: size, length: fc.integer({ min: 0, max: 140_000 }) }),
      fc.record({ kind: fc.constant("truncate"), at: size, length: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const files = memoryFiles();
        const file = files.open("/a", "w+");
        let model = Buffer.alloc(0);
        for (const [index, { kind, at, length }] of steps.entries()) {
          const resized = Buffer.alloc(
            kind === "truncate" || length === 0 ? at : Math.max(model.byteLength, at + length),
          );
          if (kind === "write" && length === 0) continue;
          model.copy(resized);
          model = resized;
          if (kind === "truncate") {
            file.truncate(at);
          } else {
            const data = Buffer.alloc(length, index + 1);
            data.copy(model, at);
            file.write([data.subarray(0, length >> 1), data.subarray(length >> 1)], at);
          }
        }
        expect(content(files, "/a").equals(model)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("append in time that grows with what is appended", () => {
    const file = memoryFiles().open("/a", "w+");
    const chunk = Buffer.alloc(1000, 7);
    for (let at = 0; at < 64_000_000; at += chunk.byteLength) file.write([chunk], at);
    expect(file.size()).toBe(64_000_000);
  });

  it("tell the time of the last change when given a clock", () => {
    let now = 5;
    const files = memoryFiles(() => now);
    const file = files.open("/a", "w+");
    now = 9;
    file.write([bytes(1)], 0);
    expect(files.stat("/a")?.modifiedMs).toBe(9);
  });
});
