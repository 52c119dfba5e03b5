/** A time without news of one partition. Milliseconds since the epoch. */
export interface Silence {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** When partitions made progress, and how long they made none. */
export class Silences {
  readonly #lastAt = new Map<number, number>();
  readonly #all: Silence[] = [];

  moved(partition: number, at: number): void {
    const from = this.#lastAt.get(partition);
    this.#lastAt.set(partition, at);
    if (from !== undefined) this.#all.push({ partition, from, to: at });
  }

  /** The longest of those that ended in this time; undefined when there is none. */
  longest(from: number, to: number): Silence | undefined {
    const [first, ...others] = this.#all.filter((each) => each.to >= from && each.to < to);
    if (first === undefined) return undefined;
    return others.reduce((longest, each) => (lengthOf(each) > lengthOf(longest) ? each : longest), first);
  }
}

export const lengthOf = ({ from, to }: Silence): number => to - from;
