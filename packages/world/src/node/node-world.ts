import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { World } from "../world.js";
import { nodeFiles } from "./node-files.js";
import { nodeNetwork } from "./node-network.js";
import { nodeTimers } from "./node-timers.js";

/** The real world: Node's clock, timers, file system, sockets and random numbers. */
export const nodeWorld: World = Object.freeze({
  clock: Object.freeze({ now: () => Date.now(), monotonic: () => performance.now() }),
  timers: nodeTimers,
  random: Object.freeze({ next: () => Math.random(), bytes: (length: number) => randomBytes(length) }),
  files: nodeFiles,
  network: nodeNetwork,
});
