/** The one seed to run, where `OTTLA_SIM_SEED` names it. */
const chosen = process.env.OTTLA_SIM_SEED;

/** Seeds `first` up, so many; or only the one of `OTTLA_SIM_SEED`. */
export function seeds(count: number, first = 1): readonly number[] {
  if (chosen !== undefined) return [Number(chosen)];
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Runs something for every seed; a failure says how to see it again. */
export async function forEachSeed(count: number, run: (seed: number) => Promise<void>): Promise<void> {
  for (const seed of seeds(count)) {
    try {
      await run(seed);
    } catch (cause) {
      const told = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `seed ${seed}: ${told} (again: OTTLA_SIM_SEED=${seed}, with OTTLA_SIM_TRACE=<file> to see what happened)`,
        { cause },
      );
    }
  }
}
