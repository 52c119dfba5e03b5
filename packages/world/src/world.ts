import type { Clock } from "./clock.js";
import type { FileSystem } from "./file-system.js";
import type { Network } from "./network.js";
import type { Random } from "./random.js";
import type { Timers } from "./timers.js";
import type { Workers } from "./workers.js";

/**
 * Everything outside a package that it may touch. A package asks for the parts it needs (`Pick<World, "clock" | "timers">`),
 * the real world is {@link nodeWorld}, and a simulation brings its own, so that a run can be replayed from a seed.
 */
export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly files: FileSystem;
  readonly network: Network;
  /** Threads for long work. Without them, and with other files than theirs, it is done on the event loop. */
  readonly workers?: Workers | undefined;
}
