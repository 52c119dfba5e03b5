export type { Clock } from "./clock.js";
export type { FileHandle, FileStat, FileSystem } from "./file-system.js";
export { memoryFiles } from "./memory/memory-files.js";
export type { Listener, Network, Socket } from "./network.js";
export { nodeWorld } from "./node/node-world.js";
export type { Random } from "./random.js";
export { type SystemErrorCode, systemError } from "./system-error.js";
export type { Timer, Timers } from "./timers.js";
export type { World } from "./world.js";
