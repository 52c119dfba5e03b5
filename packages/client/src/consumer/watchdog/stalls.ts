/** What a watchdog sees of a partition. Times are monotonic, in milliseconds. */
export interface PartitionSight {
  /** Changes with every bit of progress in fetching: where the next fetch begins, and since when. */
  readonly position: number | undefined;
  /** Whether fetched records would be taken, were there any: not paused, not full, not failed, not being given up. */
  readonly wantsRecords: boolean;
  /** Whether the last answer said that there are records (readable ones) from `position` on; undefined before the first answer. */
  readonly isBehind: boolean | undefined;
  /** When a broker last answered a fetch of it. */
  readonly answeredAt: number;
  /** When the handler that runs longest for it began; undefined when none runs. */
  readonly handlerSince: number | undefined;
}

/** What a watchdog remembers of a partition between two looks. */
export interface PartitionWatch {
  readonly position: number | undefined;
  /** Since when the position has not moved though it should. */
  readonly fetchSince: number;
  readonly stall: "fetch" | "handler" | undefined;
}

/** After how long without progress a partition counts as stalled. */
export interface StallLimits {
  readonly fetchMs: number;
  readonly handlerMs: number;
}

/** What a look at a partition shows, given what the one before has shown. */
export function lookAt(
  before: PartitionWatch | undefined,
  sight: PartitionSight,
  now: number,
  limits: StallLimits,
): PartitionWatch {
  const { position, wantsRecords, isBehind, answeredAt, handlerSince } = sight;
  const isStill = before !== undefined && wantsRecords && before.position === position;
  // At the end of the log it is answers that show life; behind it, only progress does.
  const fetchSince = !isStill ? now : isBehind === true ? before.fetchSince : Math.max(before.fetchSince, answeredAt);
  if (handlerSince !== undefined && now - handlerSince >= limits.handlerMs) {
    return { position, fetchSince, stall: "handler" };
  }
  return { position, fetchSince, stall: now - fetchSince >= limits.fetchMs ? "fetch" : undefined };
}
