import { AsyncLocalStorage } from "node:async_hooks";

/** Tells whether somebody calls from within a handler that has not ended: waiting for the run to stop would be waiting for oneself. */
export class OwnCode {
  readonly #calls = new AsyncLocalStorage<{ isOver: boolean }>();

  async calling(call: () => Promise<void>): Promise<void> {
    const own = { isOver: false };
    try {
      await this.#calls.run(own, call);
    } finally {
      own.isOver = true;
    }
  }

  isCalling(): boolean {
    return this.#calls.getStore()?.isOver === false;
  }
}
