import type { SeededRandom } from "../seeded-random.js";
import { DiskBytes } from "./disk-bytes.js";

type Change =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

function apply(change: Change, to: DiskBytes): void {
  if (change.kind === "write") to.write(change.bytes, change.position);
  else to.resize(change.size);
}

/** What a power loss does to the unsynced changes of one file. */
type Loss = "nothing" | "everything" | "behindAPoint" | "anyPart" | "oneHole";
const losses: readonly Loss[] = ["nothing", "everything", "behindAPoint", "anyPart", "oneHole"];

/** A file: what programs see of it, and what the disk surely holds. Between the two are the changes since the last sync. */
export class DiskFile {
  readonly kind = "file";
  readonly #seen: DiskBytes;
  readonly #sure: DiskBytes;
  #unsynced: Change[] = [];
  #changes = 0;
  modifiedMs: number;

  constructor(modifiedMs: number, content?: DiskBytes, sure?: DiskBytes) {
    this.modifiedMs = modifiedMs;
    this.#seen = content ?? new DiskBytes();
    this.#sure = sure ?? this.#seen.copy();
  }

  get size(): number {
    return this.#seen.size;
  }

  /** How many changes there have been: what {@link DiskFile.synced} takes. */
  get changes(): number {
    return this.#changes;
  }

  read(target: Uint8Array, position: number): number {
    return this.#seen.read(target, position);
  }

  write(bytes: Uint8Array, position: number): void {
    this.#change({ kind: "write", position, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    this.#change({ kind: "truncate", size });
  }

  #change(change: Change): void {
    apply(change, this.#seen);
    this.#unsynced.push(change);
    this.#changes += 1;
  }

  /** A sync that began after the given number of changes has ended: those are sure, later ones are not. */
  synced(changes: number): void {
    const stillUnsynced = this.#changes - changes;
    while (this.#unsynced.length > stillUnsynced) {
      const change = this.#unsynced.shift();
      if (change !== undefined) apply(change, this.#sure);
    }
  }

  /** The same file on another disk, page cache included. */
  copy(): DiskFile {
    const copy = new DiskFile(this.modifiedMs, this.#seen.copy(), this.#sure.copy());
    copy.#unsynced = [...this.#unsynced];
    copy.#changes = this.#changes;
    return copy;
  }

  /** The file as it is found after the power came back. */
  afterPowerLoss(random: SeededRandom): DiskFile {
    const content = this.#sure.copy();
    if (this.#unsynced.length > 0) this.#lose(random.pick(losses), content, random);
    return new DiskFile(this.modifiedMs, content);
  }

  #lose(loss: Loss, content: DiskBytes, random: SeededRandom): void {
    if (loss === "everything") return;
    if (loss === "oneHole") {
      this.#leaveOneHole(content, random);
      return;
    }
    const kept = loss === "behindAPoint" ? random.between(0, this.#unsynced.length - 1) : this.#unsynced.length;
    const chance = loss === "anyPart" ? random.next() : 1;
    for (const change of this.#unsynced.slice(0, kept)) {
      if (loss === "anyPart") applySome(change, content, random, chance);
      else apply(change, content);
    }
    const torn = this.#unsynced[kept];
    if (torn?.kind === "write") {
      content.write(torn.bytes.subarray(0, random.between(0, torn.bytes.byteLength)), torn.position);
    }
  }

  /** All but some page in the middle: sizes are right, and so is what begins and ends a write. */
  #leaveOneHole(content: DiskBytes, random: SeededRandom): void {
    const holed = random.between(0, this.#unsynced.length - 1);
    for (const [index, change] of this.#unsynced.entries()) {
      if (index !== holed || change.kind === "truncate") {
        apply(change, content);
        continue;
      }
      const from = random.between(0, change.bytes.byteLength);
      const to = random.between(from, change.bytes.byteLength);
      content.write(change.bytes.subarray(to), change.position + to);
      content.write(change.bytes.subarray(0, from), change.position);
    }
  }
}

/** Pages reach the disk in any order: of a write, any pieces may be there and the others not. */
function applySome(change: Change, content: DiskBytes, random: SeededRandom, chance: number): void {
  if (change.kind === "truncate") {
    if (random.chance(chance)) apply(change, content);
    return;
  }
  const pieces = random.between(1, 3);
  let from = 0;
  for (let piece = 1; piece <= pieces; piece += 1) {
    const to = piece === pieces ? change.bytes.byteLength : random.between(from, change.bytes.byteLength);
    if (random.chance(chance)) content.write(change.bytes.subarray(from, to), change.position + from);
    from = to;
  }
}
