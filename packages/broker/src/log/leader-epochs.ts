/** One past the last offset of a leader epoch. */
export interface EpochEnd {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

/** Of a client that knows none. */
const noEpoch = -1;

interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

/** Which leader epoch wrote what part of a log: Kafka's `leader-epoch-checkpoint`. There is always at least one. */
export class LeaderEpochs {
  readonly #starts: EpochStart[];

  constructor(starts: readonly EpochStart[] = [{ epoch: 0, startOffset: 0 }]) {
    this.#starts = [...starts];
  }

  get latest(): number {
    return this.#starts.at(-1)?.epoch ?? 0;
  }

  /** Begins `epoch` at `offset`; epochs that would begin there or later never wrote anything. */
  begin(epoch: number, offset: number): void {
    while ((this.#starts.at(-1)?.startOffset ?? -1) >= offset) this.#starts.pop();
    this.#starts.push({ epoch, startOffset: offset });
  }

  /** Takes in that a batch at `offset` is of `epoch`. */
  note(epoch: number, offset: number): void {
    if (this.#starts.length === 0 || epoch > this.latest) this.#starts.push({ epoch, startOffset: offset });
  }

  /**
   * The greatest epoch not above `epoch`, and where the next one starts or the log ends. One before the first ended where that
   * one starts. `undefined` for one that has not begun: its end is not for this log to say.
   */
  endOffset(epoch: number, logEndOffset: number): EpochEnd | undefined {
    if (epoch === noEpoch || epoch > this.latest) return undefined;
    const index = this.#starts.findLastIndex((start) => start.epoch <= epoch);
    return {
      leaderEpoch: this.#starts[index]?.epoch ?? epoch,
      endOffset: this.#starts[index + 1]?.startOffset ?? logEndOffset,
    };
  }

  epochFor(offset: number): number {
    return (this.#starts.findLast(({ startOffset }) => startOffset <= offset) ?? this.#starts[0])?.epoch ?? 0;
  }

  /** The text of the file: version, count, one line each. */
  encode(): string {
    return `0\n${this.#starts.length}\n${this.#starts.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`).join("")}`;
  }

  /** `undefined` when the text is not such a file, whole and in order. */
  static decode(text: string): LeaderEpochs | undefined {
    const [version, count, ...lines] = text.trimEnd().split("\n");
    if (version !== "0" || Number(count) !== lines.length || lines.length === 0) return undefined;
    const starts: EpochStart[] = [];
    for (const line of lines) {
      const match = /^(\d+) (\d+)$/.exec(line);
      const start = { epoch: Number(match?.[1]), startOffset: Number(match?.[2]) };
      const before = starts.at(-1) ?? { epoch: -1, startOffset: -1 };
      if (!(start.epoch > before.epoch && start.startOffset > before.startOffset)) return undefined;
      starts.push(start);
    }
    return new LeaderEpochs(starts);
  }
}
