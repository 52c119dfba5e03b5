import { closeSync, mkdtempSync, openSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nodeFiles } from "./node-files.js";

const folder = mkdtempSync(join(tmpdir(), "ottla-node-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

describe("an open file on Node", () => {
  it("keeps its descriptor until reads and syncs on their way are done", async () => {
    const secret = nodeFiles.open(join(folder, "secret"), "w+");
    secret.write([Buffer.alloc(1 << 20, "s")], 0);
    const targets = Array.from({ length: 16 }, () => Buffer.alloc(1 << 20));
    const reads = targets.map((target) => secret.readAsync(target, 0));
    const sync = secret.datasync();
    secret.close();
    // The kernel hands out the lowest free number: had close() freed the descriptor, this file would be read and synced instead.
    const stranger = openSync(join(folder, "stranger"), "w+");
    expect(await Promise.all(reads)).toEqual(targets.map(() => 1 << 20));
    await sync;
    expect(targets.every((target) => target.every((byte) => byte === 115))).toBe(true);
    closeSync(stranger);
  });

  it.skipIf(process.platform !== "linux")("gives its descriptor back once, whatever was on its way", async () => {
    const before = openDescriptors();
    const file = nodeFiles.open(join(folder, "once"), "w+");
    const sync = file.datasync();
    file.close();
    file.close();
    await sync;
    file.close();
    nodeFiles.syncDirectory(folder);
    expect(() => nodeFiles.open(join(folder, "none"), "r")).toThrow("ENOENT");
    expect(() => nodeFiles.syncDirectory(join(folder, "none"))).toThrow("ENOENT");
    expect(openDescriptors()).toBe(before);
  });

  it.skipIf(process.platform !== "linux")("passes on what the disk says about a write", () => {
    const full = nodeFiles.open("/dev/full", "r+");
    expect(() => full.write([Buffer.alloc(10)], 0)).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    full.close();
  });

  it("writes more buffers than one system call takes", () => {
    const file = nodeFiles.open(join(folder, "many"), "w+");
    const buffers = Array.from({ length: 3_000 }, (_, index) => Buffer.from([index % 251]));
    file.write(buffers, 0);
    const read = Buffer.alloc(4_000);
    expect(file.read(read, 0)).toBe(3_000);
    expect(read.subarray(0, 3_000)).toEqual(Buffer.concat(buffers));
    file.close();
  });
});
