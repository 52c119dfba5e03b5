import { Violation } from "./violation.js";

/** A record as somebody saw it. The id is its value, unique in a run. */
export interface SeenRecord {
  readonly offset: number;
  readonly id: string;
}

/** What producers and consumers of one partition were told, and so what must be true of it ever after. */
export class PartitionHistory {
  readonly name: string;
  readonly #sent = new Map<string, { readonly producer: string; readonly order: number }>();
  /** Offsets that somebody was told about, by an acknowledgement or by reading. */
  readonly #told = new Map<number, { readonly id: string; readonly how: "acknowledged" | "served" }>();
  #deletedBelow = 0;
  #mayBeDeletedBelow = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** How many records somebody was told about. */
  get toldCount(): number {
    return this.#told.size;
  }

  get hasAcknowledged(): boolean {
    return [...this.#told.values()].some(({ how }) => how === "acknowledged");
  }

  /** A producer is about to send a record; its records are sent in order. */
  sending(producer: string, id: string): void {
    this.#sent.set(id, { producer, order: this.#sent.size });
  }

  acknowledged(offset: number, id: string): void {
    this.#tell(offset, id, "acknowledged");
  }

  served(records: readonly SeenRecord[]): void {
    for (const { offset, id } of records) this.#tell(offset, id, "served");
  }

  /** Somebody asks for the deletion of all below this offset. */
  deleting(offset: number): void {
    this.#mayBeDeletedBelow = Math.max(this.#mayBeDeletedBelow, offset);
  }

  /** The deletion was acknowledged. */
  deleted(offset: number): void {
    this.#deletedBelow = Math.max(this.#deletedBelow, offset);
  }

  /**
   * Holds the whole content of the partition against what was told; from here on that content counts as served.
   *
   * @throws Violation
   */
  check(found: readonly SeenRecord[], logStartOffset: number, logEndOffset: number): void {
    if (logStartOffset < this.#deletedBelow || logStartOffset > this.#mayBeDeletedBelow) {
      const asked = `${this.#deletedBelow} (acknowledged) to ${this.#mayBeDeletedBelow} (asked for)`;
      throw this.#broken(`begins at ${logStartOffset}, and deletion reached ${asked}`);
    }
    const seenAt = new Map<string, number>();
    const lastOrder = new Map<string, number>();
    let expected = logStartOffset;
    for (const { offset, id } of found) {
      if (offset !== expected) throw this.#broken(`offset ${expected} is missing: the next is ${offset}`);
      expected = offset + 1;
      const sent = this.#sent.get(id);
      if (sent === undefined) throw this.#broken(`offset ${offset} holds «${short(id)}», which nobody sent`);
      const before = seenAt.get(id);
      if (before !== undefined) throw this.#broken(`«${short(id)}» stands at ${before} and again at ${offset}`);
      seenAt.set(id, offset);
      if ((lastOrder.get(sent.producer) ?? -1) > sent.order)
        throw this.#broken(`«${short(id)}» at ${offset} was sent before its predecessor`);
      lastOrder.set(sent.producer, sent.order);
    }
    if (expected !== logEndOffset) throw this.#broken(`ends at ${logEndOffset}, but reading ended at ${expected}`);
    for (const [offset, { id, how }] of this.#told) {
      if (offset < logStartOffset) continue;
      const there = found[offset - logStartOffset];
      if (there?.id !== id)
        throw this.#broken(
          `offset ${offset} was ${how} as «${short(id)}» and is ${there ? `«${short(there.id)}»` : "gone"}`,
        );
    }
    this.served(found);
  }

  #tell(offset: number, id: string, how: "acknowledged" | "served"): void {
    const before = this.#told.get(offset);
    if (before !== undefined && before.id !== id) {
      throw this.#broken(`offset ${offset} is ${how} as «${short(id)}» and was ${before.how} as «${short(before.id)}»`);
    }
    if (before?.how !== "acknowledged") this.#told.set(offset, { id, how });
  }

  #broken(what: string): Violation {
    return new Violation(`${this.name}: ${what}`);
  }
}

/** Ids may be padded to any length; what tells them apart comes first. */
function short(id: string): string {
  return id.length > 24 ? `${id.slice(0, 24)}…` : id;
}
