import type { FileSystem } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { Simulation } from "../simulation.js";

const bytes = (text: string): Buffer => Buffer.from(text);

function content(files: FileSystem, path: string): string | undefined {
  if (files.stat(path) === undefined) return undefined;
  const file = files.open(path, "r");
  const target = Buffer.alloc(file.size());
  file.read(target, 0);
  file.close();
  return target.toString("latin1");
}

/** What a path holds after a power loss, over many seeds. */
function outcomes(work: (files: FileSystem) => void, path: string): Set<string | undefined> {
  const seen = new Set<string | undefined>();
  for (let seed = 0; seed < 300; seed += 1) {
    const machine = new Simulation({ seed }).process("p");
    work(machine.world.files);
    machine.crash({ kind: "powerLoss" });
    seen.add(content(machine.restart().files, path));
  }
  return seen;
}

function write(files: FileSystem, path: string, text: string, options: { readonly sync: boolean }): void {
  const file = files.open(path, "w+");
  file.write([bytes(text)], 0);
  if (options.sync) file.datasyncNow();
  file.close();
}

describe("a disk that loses its power", () => {
  it("keeps what was synced: bytes, and the names on the way to them", () => {
    const work = (files: FileSystem): void => {
      files.makeDirectory("/a/b");
      files.syncDirectory("/");
      files.syncDirectory("/a");
      write(files, "/a/b/file", "sure", { sync: true });
      files.syncDirectory("/a/b");
    };
    expect(outcomes(work, "/a/b/file")).toEqual(new Set(["sure"]));
  });

  it.each(["/", "/a", "/a/b"])("may lose a synced file whose name stands in a folder that was not: %s", (unsynced) => {
    const work = (files: FileSystem): void => {
      files.makeDirectory("/a/b");
      write(files, "/a/b/file", "sure", { sync: true });
      for (const folder of ["/", "/a", "/a/b"]) if (folder !== unsynced) files.syncDirectory(folder);
    };
    expect(outcomes(work, "/a/b/file")).toEqual(new Set(["sure", undefined]));
  });

  it("may keep any part of what was not synced, with zeros in between, but invents nothing", () => {
    const work = (files: FileSystem): void => {
      const file = files.open("/file", "w+");
      files.syncDirectory("/");
      file.write([bytes("abc")], 0);
      file.datasyncNow();
      file.write([bytes("de")], 3);
      file.write([bytes("f")], 5);
    };
    const seen = outcomes(work, "/file");
    const possible = ["abc", "abcd", "abcde", "abcdef", "abc\0\0f", "abcd\0f", "abc\0e", "abc\0ef"];
    expect(possible).toEqual(expect.arrayContaining([...seen]));
    expect(seen.size).toBeGreaterThan(5);
  });

  it("renames as a whole: the old file or the new one, whose bytes are another matter", () => {
    const work =
      (sync: boolean) =>
      (files: FileSystem): void => {
        write(files, "/file", "old", { sync: true });
        files.syncDirectory("/");
        write(files, "/next", "new", { sync });
        files.rename("/next", "/file");
      };
    expect(outcomes(work(true), "/file")).toEqual(new Set(["old", "new"]));
    const torn = outcomes(work(false), "/file");
    expect([...torn]).toEqual(expect.arrayContaining(["old", "new", "ne", "n", ""]));
    expect([...torn].filter((text) => !/^(old|[n\0]?[e\0]?w?)$/.test(String(text)))).toEqual([]);
  });

  it("may undo a truncation and a removal that were not synced", () => {
    const work = (files: FileSystem): void => {
      write(files, "/file", "abc", { sync: true });
      files.syncDirectory("/");
      const file = files.open("/file", "r+");
      file.truncate(1);
      file.close();
      files.unlink("/file");
    };
    expect(outcomes(work, "/file")).toEqual(new Set(["abc", "a", undefined]));
  });

  it("covers by a sync what was written before it began, and only once it has ended", async () => {
    const seen = new Set<string | undefined>();
    for (let seed = 0; seed < 200; seed += 1) {
      const sim = new Simulation({ seed, syncMs: [1, 1] });
      const machine = sim.process("p");
      const file = machine.world.files.open("/file", "w+");
      machine.world.files.syncDirectory("/");
      file.write([bytes("a")], 0);
      const first = file.datasync();
      file.write([bytes("b")], 1);
      await sim.run(first);
      void file.datasync();
      machine.crash({ kind: "powerLoss" });
      seen.add(content(machine.restart().files, "/file"));
    }
    expect(seen).toEqual(new Set(["a", "ab"]));
  });

  it("loses nothing when only the process dies, until the power goes as well", () => {
    const seen = new Set<string | undefined>();
    for (let seed = 0; seed < 100; seed += 1) {
      const machine = new Simulation({ seed }).process("p");
      write(machine.world.files, "/file", "a", { sync: false });
      machine.crash({ kind: "kill" });
      expect(content(machine.restart().files, "/file")).toBe("a");
      machine.crash({ kind: "powerLoss" });
      seen.add(content(machine.restart().files, "/file"));
    }
    expect(seen).toEqual(new Set(["a", "", undefined]));
  });

  it("shows nothing of what dead code goes on doing", () => {
    const machine = new Simulation({ seed: 1 }).process("p");
    const { files } = machine.world;
    machine.onOperation = ({ index }) => {
      if (index === 1) machine.crash({ kind: "kill" });
    };
    write(files, "/file", "a", { sync: true });
    write(files, "/other", "b", { sync: true });
    files.syncDirectory("/");
    expect(content(files, "/other")).toBe("b");
    expect(machine.restart().files.list("/")).toEqual(["file"]);
  });

  it("lets a test fail an operation or make a sync do nothing", () => {
    const seen = new Set<string | undefined>();
    for (let seed = 0; seed < 50; seed += 1) {
      const machine = new Simulation({ seed }).process("p");
      const { files } = machine.world;
      machine.judge = ({ kind, path }) => {
        if (kind === "create" && path === "/no") return new Error("no space");
        return kind === "datasync" ? "skip" : undefined;
      };
      expect(() => files.open("/no", "w+")).toThrow("no space");
      write(files, "/file", "a", { sync: true });
      files.syncDirectory("/");
      machine.crash({ kind: "powerLoss" });
      expect(machine.restart().files.list("/")).toEqual(["file"]);
      seen.add(content(machine.world.files, "/file"));
    }
    expect(seen).toEqual(new Set(["a", ""]));
  });
});
