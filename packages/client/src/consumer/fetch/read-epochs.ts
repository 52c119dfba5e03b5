/** Entries kept at most; leaders change seldom, so this many are read only of a log that was restored from very old ones. */
const maxSpans = 64;

/**
 * Under which leader epochs the records before a position were written (KIP-320): what tells whether a log still has them.
 *
 *     read     [0..4: epoch 1] [5..9: epoch 4]        before(5) = 1   before(8) = 4   endOf(1) = endOf(3) = 5
 */
export class ReadEpochs {
  /** Each from its offset on, up to the next; in order. */
  #spans: { readonly from: number; readonly epoch: number }[] = [];

  /** Begins at a position. `epoch` is that of the record before it, -1 when it is not known. */
  begin(position: number, epoch: number): void {
    this.#spans = epoch < 0 ? [] : [{ from: position - 1, epoch }];
  }

  /** A batch from `from` on was read. */
  note(from: number, epoch: number): void {
    if (epoch < 0 || this.#spans.at(-1)?.epoch === epoch) return;
    this.#spans.push({ from, epoch });
    if (this.#spans.length > maxSpans) this.#spans.shift();
  }

  /** The epoch of the record before `position`, -1 when it is not known. */
  before(position: number): number {
    return this.#spans.findLast(({ from }) => from < position)?.epoch ?? -1;
  }

  /** Where what was read of `epoch`, and of those before it, ends; undefined when nothing after it was read. */
  endOf(epoch: number): number | undefined {
    const next = this.#spans.findIndex((span) => span.epoch > epoch);
    // What the first span is known from is not where its epoch begins.
    return next > 0 ? this.#spans[next]?.from : undefined;
  }
}
