import type { Simulation } from "../simulation.js";

interface Packet {
  readonly at: number;
  readonly label: string;
  readonly arrive: () => void;
}

/** One direction of a connection: what is sent arrives in order, each part after its own latency, and not while cut. */
export class Wire {
  readonly #sim: Simulation;
  readonly #packets: Packet[] = [];
  #isCut = false;
  #isWaiting = false;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  send(label: string, arrive: () => void): void {
    const latest = this.#packets.at(-1)?.at ?? 0;
    const at = Math.max(latest, this.#sim.nowMs + this.#sim.duration(this.#sim.options.networkMs));
    this.#packets.push({ at, label, arrive });
    this.#next();
  }

  /** Holds everything back until {@link Wire.mend}. */
  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
    this.#next();
  }

  #next(): void {
    const [head] = this.#packets;
    if (head === undefined || this.#isWaiting || this.#isCut) return;
    this.#isWaiting = true;
    this.#sim.schedule(head.at - this.#sim.nowMs, head.label, () => {
      this.#isWaiting = false;
      if (this.#isCut) return;
      this.#packets.shift();
      this.#next();
      head.arrive();
    });
  }
}
