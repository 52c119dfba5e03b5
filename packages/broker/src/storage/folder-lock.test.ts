import { memoryFiles, nodeProcess } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { lockFolder } from "./folder-lock.js";
import type { ProcessIdentity } from "./process-identity.js";
import { dataDir, StoreFixture } from "./store-fixture.js";

const clock = { now: () => 1_000_000, monotonic: () => 0 };

/** Processes of one machine; those in `running` live. */
function identity(pid: number, running: ReadonlySet<number>): ProcessIdentity {
  return {
    self: { pid, bootId: "boot", startTime: String(pid) },
    isRunning: (stamp) => stamp.bootId === "boot" && running.has(stamp.pid) && stamp.startTime === String(stamp.pid),
  };
}

function folder() {
  const files = memoryFiles();
  files.makeDirectory(dataDir);
  return files;
}

describe("the lock of a data folder", () => {
  it("keeps a second process out and names the first, until that lets go", () => {
    const files = folder();
    const running = new Set([1, 2]);
    const unlock = lockFolder(files, dataDir, identity(1, running), clock);
    expect(() => lockFolder(files, dataDir, identity(2, running), clock)).toThrow(/in use by process 1/);
    unlock();
    lockFolder(files, dataDir, identity(2, running), clock);
    expect(() => lockFolder(files, dataDir, identity(1, running), clock)).toThrow(/in use by process 2/);
  });

  it("is worth nothing once its process was killed, even if another has its id by then", () => {
    const files = folder();
    const running = new Set([1]);
    lockFolder(files, dataDir, identity(1, running), clock);
    running.clear();
    running.add(2);
    lockFolder(files, dataDir, identity(2, running), clock);
    const reused: ProcessIdentity = {
      self: { pid: 3, bootId: "boot", startTime: "3" },
      isRunning: ({ pid, startTime }) => pid === 2 && startTime === "another",
    };
    lockFolder(files, dataDir, reused, clock);
    expect(files.list(dataDir)).toEqual([".lock.3"]);
  });

  it("lets one of two win that find the same dead lock", () => {
    const files = folder();
    const running = new Set([1]);
    lockFolder(files, dataDir, identity(1, running), clock);
    running.delete(1);
    running.add(2).add(3);
    // Process 3 comes to the front while 2 looks at the dead lock.
    const overtaken: ProcessIdentity = {
      ...identity(2, running),
      isRunning: () => {
        lockFolder(files, dataDir, identity(3, running), clock);
        return false;
      },
    };
    expect(() => lockFolder(files, dataDir, overtaken, clock)).toThrow(/in use/);
    expect(() => lockFolder(files, dataDir, identity(2, running), clock)).toThrow(/in use by process 3/);
  });

  it("waits for a process that has made its lock and not written it, unless that is long ago", () => {
    for (const [modified, isFree] of [
      [clock.now() - 1_000, false],
      [clock.now() - 60_000, true],
    ] as const) {
      const files = memoryFiles(() => modified);
      files.makeDirectory(dataDir);
      files.open(`${dataDir}/.lock.1`, "wx+").close();
      const lock = () => lockFolder(files, dataDir, identity(2, new Set([2])), clock);
      if (isFree) lock();
      else expect(lock).toThrow(/just starting/);
    }
  });

  it("tells this process from one that had its id before", () => {
    expect(nodeProcess.isRunning(nodeProcess.self)).toBe(true);
    expect(nodeProcess.isRunning({ ...nodeProcess.self, bootId: "another boot" })).toBe(false);
    expect(nodeProcess.isRunning({ ...nodeProcess.self, pid: 2 ** 30 })).toBe(false);
  });

  it("is held by an open store", async () => {
    const fixture = new StoreFixture();
    const process = identity(1, new Set([1]));
    const store = await fixture.open({ process });
    await expect(fixture.open({ process })).rejects.toMatchObject({ code: "IN_USE" });
    await store.close();
    await (await fixture.open({ process })).close();
  });
});

describe("the owner of a data folder", () => {
  it("stays, and another one is refused", async () => {
    const fixture = new StoreFixture();
    const store = await fixture.open({ nodeId: 3 });
    await store.close();
    const again = await fixture.open();
    expect([again.clusterId, again.nodeId]).toEqual([store.clusterId, 3]);
    await expect(fixture.open({ nodeId: 4 })).rejects.toMatchObject({ code: "FOREIGN" });
    await expect(fixture.open({ clusterId: "another" })).rejects.toMatchObject({ code: "FOREIGN" });
  });

  it("is not touched by a release that does not know its format", async () => {
    const fixture = new StoreFixture();
    await (await fixture.open()).close();
    const path = `${dataDir}/meta.properties`;
    fixture.put(path, Buffer.from(String(fixture.bytes(path)).replace("format.version=1", "format.version=2")));
    await expect(fixture.open()).rejects.toThrow(/format 2, this release knows up to 1/);
  });
});
