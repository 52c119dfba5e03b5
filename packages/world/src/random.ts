/** Where unpredictability comes from; a seed in simulation. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` random bytes, a fresh buffer. */
  bytes(length: number): Uint8Array;
}
