import { setFlagsFromString } from "node:v8";

/**
 * Lets the heap of this process grow to four times what is alive before all of it is looked through again: what V8 allows a program
 * that makes much garbage, from the start.
 *
 * For a process that is there for its broker. Such a heap is small (about 8 MB), and most of what is allocated beside it are the
 * buffers of sockets, which V8 counts as if they were in it: it would stop for some milliseconds after every 16 MB of them.
 * A setting of the whole process, so the broker does not make it by itself.
 */
export function giveHeapRoom(): void {
  setFlagsFromString("--heap-growing-percent=300");
}
