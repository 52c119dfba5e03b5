/** Place of a response that is not known yet; `true` once it is. */
interface Slot {
  buffers: readonly Buffer[] | undefined;
  isDone: boolean;
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

  /** Takes the next place. Call the result once, with the response, or `undefined` when there is none. */
  reserve(): (buffers: readonly Buffer[] | undefined) => void {
    const slot: Slot = { buffers: undefined, isDone: false };
    this.#slots.push(slot);
    return (buffers) => {
      slot.buffers = buffers;
      slot.isDone = true;
      this.#flush();
    };
  }

  #flush(): void {
    const ready: Buffer[] = [];
    while (this.#slots[0]?.isDone === true) {
      const slot = this.#slots.shift();
      if (slot?.buffers !== undefined) ready.push(...slot.buffers);
    }
    if (ready.length > 0) this.#send(ready);
  }
}
