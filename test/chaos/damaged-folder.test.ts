import type { FileSystem, SystemErrorCode } from "@ottla/world";
import { beforeAll, describe, expect, it } from "vitest";
import { isLongForm, rounds } from "../kit/long-form.js";
import type { Disk } from "../sim/disk/disk.js";
import { SeededRandom } from "../sim/seeded-random.js";
import { FailingFiles } from "./failing-files.js";
import { dataDir, SampleBroker, type View } from "./sample-broker.js";

// Survival list 3.3 #4, #5, #6, #23: damage is made good or told of, never passed on; and failures of a start cost nothing.

const sample = new SampleBroker();
const disks = new Map<"killed" | "stopped", Disk>();
let healthy: View;

function filesUnder(files: FileSystem, path: string): string[] {
  return files.list(path).flatMap((name) => {
    const inner = `${path}/${name}`;
    return files.stat(inner)?.isDirectory === true ? filesUnder(files, inner) : [inner];
  });
}

beforeAll(async () => {
  const { sim, machine } = sample;
  await sim.run(
    (async () => {
      await sample.start();
      await sample.fill();
      healthy = await sample.view();
      disks.set("killed", machine.copyOfDisk());
      await sample.stop();
      disks.set("stopped", machine.copyOfDisk());
    })(),
  );
});

const insert = (end: "killed" | "stopped"): FileSystem => {
  const disk = disks.get(end);
  if (disk === undefined) throw new Error("there is no disk");
  sample.insert(disk);
  return sample.machine.world.files;
};

/** What there is to see after a start, or why there is nothing. */
const seen = (): Promise<View | Error | undefined> =>
  sample.sim.run(
    (async () => {
      try {
        await sample.start();
        return await sample.view();
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    })(),
  );

describe.each(["killed", "stopped"] as const)("the folder of a broker that was %s", (end) => {
  it("shows after a start what was there before, from snapshots or from the beginning", async () => {
    insert(end);
    expect(await seen()).toEqual(healthy);
    const files = insert(end);
    for (const path of filesUnder(files, dataDir)) if (path.endsWith(".snapshot")) files.unlink(path);
    expect(await seen()).toEqual(healthy);
  });

  it("does not need any one index, snapshot or checkpoint, nor all of them", async () => {
    const isDerived = (path: string): boolean =>
      /\.(index|timeindex|txnindex|snapshot)$|checkpoint$|kafka_cleanshutdown$/.test(path);
    const paths = filesUnder(insert(end), dataDir).filter(isDerived);
    expect(new Set(paths.map((path) => path.slice(path.lastIndexOf("."))))).toContain(".txnindex");
    for (const path of paths) {
      insert(end).unlink(path);
      expect(await seen(), path).toEqual(healthy);
    }
    const files = insert(end);
    for (const path of paths) files.unlink(path);
    expect(await seen()).toEqual(healthy);
  });

  it("shows nothing else for a flipped bit in any file, or says that something is wrong", async () => {
    const random = new SeededRandom(4);
    // Kafka's format of transaction indexes has no checksum, so after an orderly stop, when nothing is read through, they are
    // believed. After a kill they are written anew.
    const isBelieved = (path: string): boolean => end === "stopped" && path.endsWith(".txnindex");
    const paths = filesUnder(insert(end), dataDir).filter((path) => !isBelieved(path));
    let made = 0;
    for (const path of paths) {
      for (let count = 0; count < rounds(2, 200); count += 1) {
        const file = insert(end).open(path, "r+");
        const byte = Buffer.alloc(1);
        const position = random.between(0, Math.max(0, file.size() - 1));
        if (file.read(byte, position) === 0) continue;
        const bit = 1 << random.between(0, 7);
        file.write([Buffer.from([byte.readUInt8(0) ^ bit])], position);
        file.close();
        const view = await seen();
        const isTold = view instanceof Error || sample.warnings.length > 0;
        if (!isTold) expect(view, `bit ${bit} of byte ${position} of ${path}`).toEqual(healthy);
        if (isTold) made += 1;
      }
    }
    expect(made).toBeGreaterThan(10);
  }, 3_600_000);

  it.each<SystemErrorCode>(["EIO", "EMFILE", "ENOSPC"])(
    "loses nothing when any one call fails with %s while it is opened",
    async (code) => {
      const { sim, machine } = sample;
      /** Starts with one call failing; answers how many there were, and which failed. */
      const startFailing = async (failing: number): Promise<{ count: number; failed: string }> => {
        insert(end);
        let count = 0;
        let failed = "";
        const files = new FailingFiles(machine.world.files, ({ name, path }) => {
          count += 1;
          if (count - 1 !== failing) return undefined;
          failed = `${name} of ${path}`;
          return code;
        }).asFileSystem;
        await sim.run(sample.start({ files }).catch(() => undefined));
        return { count, failed };
      };
      const { count: calls } = await startFailing(-1);
      expect(calls).toBeGreaterThan(30);
      for (let failing = 0; failing < calls; failing += isLongForm ? 1 : Math.ceil(calls / 20)) {
        const { failed } = await startFailing(failing);
        sample.insert(machine.copyOfDisk());
        expect(await seen(), `${code} at call ${failing}, ${failed}`).toEqual(healthy);
      }
    },
    3_600_000,
  );
});
