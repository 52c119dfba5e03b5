import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { World } from "../world.js";
import { nodeFiles } from "./node-files.js";
import { nodeNetwork } from "./node-network.js";
import { nodeTimers } from "./node-timers.js";
import { nodeWorkers } from "./node-workers.js";

// Taken when this module loads: what a test makes of time later, its broker and clients do not live by. A monotonic clock that
// stood still would let some waits never end.
const { now } = Date;
const monotonic = performance.now.bind(performance);

/** The real world: Node's clock, timers, file system, sockets, random numbers and worker threads. */
export const nodeWorld: World = Object.freeze({
  clock: Object.freeze({ now, monotonic }),
  timers: nodeTimers,
  random: Object.freeze({ next: () => Math.random(), bytes: (length: number) => randomBytes(length) }),
  files: nodeFiles,
  network: nodeNetwork,
  workers: nodeWorkers,
});
