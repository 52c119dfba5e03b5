import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects garbage, as `node --expose-gc` lets programs do. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    gc();
  }
}

/** How many of the objects given to it are still reachable. */
export class Sightings {
  readonly #refs: WeakRef<object>[] = [];

  see(object: object): void {
    this.#refs.push(new WeakRef(object));
  }

  get seen(): number {
    return this.#refs.length;
  }

  get alive(): number {
    return this.#refs.filter((ref) => ref.deref() !== undefined).length;
  }
}
