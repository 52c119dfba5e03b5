import { systemError } from "@ottla/world";
import type { SeededRandom } from "../seeded-random.js";
import type { DiskFile } from "./disk-file.js";

export type DiskNode = DiskFile | DiskDirectory;

/** A folder: the names programs see, and those the disk surely holds. */
export class DiskDirectory {
  readonly kind = "directory";
  readonly seen = new Map<string, DiskNode>();
  readonly sure = new Map<string, DiskNode>();
  modifiedMs: number;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

interface Entry {
  readonly directory: DiskDirectory;
  readonly name: string;
  readonly node: DiskNode | undefined;
}

/** One unsynced creation, removal or rename; a rename has two entries, which are kept or lost together. */
type NameChange = readonly Entry[];

function put(map: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node === undefined) map.delete(name);
  else map.set(name, node);
}

/** The disk of one simulated machine, with what its page cache has not written yet. */
export class Disk {
  readonly root = new DiskDirectory(0);
  #unsyncedNames: NameChange[] = [];

  /** Changes what names mean, not yet surely. */
  change(entries: NameChange, nowMs: number): void {
    for (const { directory, name, node } of entries) {
      put(directory.seen, name, node);
      directory.modifiedMs = nowMs;
    }
    this.#unsyncedNames.push(entries);
  }

  /** Makes the names of one folder sure, and whatever those changes stand on. */
  syncNames(directory: DiskDirectory): void {
    const changes = this.#unsyncedNames;
    const reached = new Set<NameChange>();
    const names = new NameSet();
    for (let index = changes.length - 1; index >= 0; index -= 1) {
      const change = changes[index] as NameChange;
      if (!change.some((entry) => entry.directory === directory || names.has(entry))) continue;
      reached.add(change);
      for (const entry of change) names.add(entry);
    }
    for (const change of changes) {
      if (!reached.has(change)) continue;
      for (const { directory: changed, name, node } of change) put(changed.sure, name, node);
    }
    this.#unsyncedNames = changes.filter((change) => !reached.has(change));
  }

  /** The disk as a restarted process finds it when only the process died. */
  afterKill(): Disk {
    const copy = new Disk();
    const copies = new Map<DiskNode, DiskNode>([[this.root, copy.root]]);
    const copyOf = (node: DiskNode): DiskNode => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      const made = node.kind === "file" ? node.copy() : new DiskDirectory(node.modifiedMs);
      copies.set(node, made);
      if (node.kind === "directory") fill(node);
      return made;
    };
    const fill = (directory: DiskDirectory): void => {
      const made = copies.get(directory);
      if (made?.kind !== "directory") return;
      for (const [name, node] of directory.seen) made.seen.set(name, copyOf(node));
      for (const [name, node] of directory.sure) made.sure.set(name, copyOf(node));
    };
    fill(this.root);
    copy.#unsyncedNames = this.#unsyncedNames.map((change) =>
      change.map(({ directory, name, node }) => ({
        directory: copyOf(directory) as DiskDirectory,
        name,
        node: node === undefined ? undefined : copyOf(node),
      })),
    );
    return copy;
  }

  /**
   * The disk as it is found after a power loss. Of the unsynced names all, none or any are kept (a change that stands on a lost
   * one of the same name is lost with it); of the unsynced bytes of each file all, none, those up to a point, or any.
   */
  afterPowerLoss(random: SeededRandom): Disk {
    const chance = random.pick([0, 1, random.next()]);
    const names = new Map<DiskDirectory, Map<string, DiskNode>>();
    const namesOf = (directory: DiskDirectory): Map<string, DiskNode> => {
      const known = names.get(directory) ?? new Map(directory.sure);
      names.set(directory, known);
      return known;
    };
    const lost = new NameSet();
    for (const change of this.#unsyncedNames) {
      if (change.some((entry) => lost.has(entry)) || !random.chance(chance)) {
        for (const entry of change) lost.add(entry);
      } else {
        for (const { directory, name, node } of change) put(namesOf(directory), name, node);
      }
    }
    const found = new Disk();
    const fill = (from: DiskDirectory, to: DiskDirectory): void => {
      for (const [name, node] of [...namesOf(from)].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const made = node.kind === "file" ? node.afterPowerLoss(random) : new DiskDirectory(node.modifiedMs);
        if (node.kind === "directory") fill(node, made as DiskDirectory);
        to.seen.set(name, made);
        to.sure.set(name, made);
      }
    };
    fill(this.root, found.root);
    return found;
  }

  /** @throws `ENOENT` or `ENOTDIR`, as the system call named would. */
  directory(names: readonly string[], syscall: string, path: string): DiskDirectory {
    let directory = this.root;
    for (const name of names) {
      const next = directory.seen.get(name);
      if (next === undefined) throw systemError("ENOENT", syscall, path);
      if (next.kind === "file") throw systemError("ENOTDIR", syscall, path);
      directory = next;
    }
    return directory;
  }
}

class NameSet {
  readonly #names = new Map<DiskDirectory, Set<string>>();

  has({ directory, name }: Entry): boolean {
    return this.#names.get(directory)?.has(name) ?? false;
  }

  add({ directory, name }: Entry): void {
    const names = this.#names.get(directory) ?? new Set();
    this.#names.set(directory, names.add(name));
  }
}
