import type { ForwardBits } from "./forward-bits.js";
import type { FseTable } from "./fse.js";

/**
 * Codes symbols by a table, the last one first. `sources[symbol << accuracy | next]` is the state of that symbol from which
 * some bits lead to the state `next`.
 */
export class FseEncoder {
  readonly #table: FseTable;
  readonly #sources: Uint8Array;
  readonly #anyState: Uint8Array;
  #state = 0;

  constructor(table: FseTable, symbols: number) {
    const size = 1 << table.accuracy;
    this.#table = table;
    this.#sources = new Uint8Array(symbols * size);
    this.#anyState = new Uint8Array(symbols);
    for (let state = 0; state < size; state += 1) {
      const symbol = table.symbols[state] as number;
      const base = table.bases[state] as number;
      const end = base + (1 << (table.bits[state] as number));
      this.#anyState[symbol] = state;
      this.#sources.fill(state, symbol * size + base, symbol * size + end);
    }
  }

  /** Takes in the symbol that will be read last. */
  begin(symbol: number): void {
    this.#state = this.#anyState[symbol] as number;
  }

  /** Takes in the symbol before. */
  write(bits: ForwardBits, symbol: number): void {
    const next = this.#state;
    const state = this.#sources[(symbol << this.#table.accuracy) | next] as number;
    bits.write(next - (this.#table.bases[state] as number), this.#table.bits[state] as number);
    this.#state = state;
  }

  /** Writes the state to begin reading with. */
  end(bits: ForwardBits): void {
    bits.write(this.#state, this.#table.accuracy);
  }
}
