/** Place of a response that is not known yet; `true` once it is. */
interface Slot {
  buffers: readonly Buffer[] | undefined;
  isDone: boolean;
  isLast: boolean;
}

/** Sends responses in the order of their requests, whichever is ready first. */
export class ResponseQueue {
  readonly #slots: Slot[] = [];
  readonly #send: (buffers: readonly Buffer[]) => void;

  constructor(send: (buffers: readonly Buffer[]) => void) {
    this.#send = send;
  }

  /** Requests that are not answered. */
  get length(): number {
    return this.#slots.length;
  }

  /**
   * Takes the next place. Call the result once, with the response, or `undefined` when there is none. After one that is said to
   * be the last, what was reserved behind it is not sent.
   */
  reserve(): (buffers: readonly Buffer[] | undefined, isLast?: boolean) => void {
    const slot: Slot = { buffers: undefined, isDone: false, isLast: false };
    this.#slots.push(slot);
    return (buffers, isLast = false) => {
      slot.buffers = buffers;
      slot.isDone = true;
      slot.isLast = isLast;
      this.#flush();
    };
  }

  #flush(): void {
    const ready: Buffer[] = [];
    while (this.#slots[0]?.isDone === true) {
      const slot = this.#slots.shift();
      if (slot?.buffers !== undefined) ready.push(...slot.buffers);
      if (slot?.isLast === true) this.#slots.length = 0;
    }
    if (ready.length > 0) this.#send(ready);
  }
}
