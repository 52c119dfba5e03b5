import type { CommittedOffset } from "./group-records.js";
import type { GroupState } from "./group-state.js";
import { isConsumerGroup, subscribedTopics } from "./subscriptions.js";

export interface ExpiredOffsets {
  readonly expired: readonly { readonly topic: string; readonly partition: number }[];
  /** Nothing is left: an empty group can go as well. */
  readonly isEverything: boolean;
}

/**
 * Which offsets nobody needs any more (KIP-211): those of an empty group when it has been empty for the retention time,
 * those of a group without members when they were committed that long ago, and of a consumer group in use those of
 * topics it does not read any more. What an open transaction is about to replace stays.
 */
export function expiredOffsets(
  state: GroupState,
  offsets: ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>,
  now: number,
  retentionMs: number,
  isPending: (topic: string, partition: number) => boolean,
): ExpiredOffsets {
  const inUse = topicsInUse(state);
  const expired: { topic: string; partition: number }[] = [];
  let kept = 0;
  for (const [topic, partitions] of offsets) {
    for (const [partition, offset] of partitions) {
      const isExpired = inUse !== "all" && !inUse.has(topic) && now >= expiresAt(state, offset, retentionMs);
      if (isExpired && !isPending(topic, partition)) expired.push({ topic, partition });
      else kept += 1;
    }
  }
  return { expired, isEverything: kept === 0 };
}

function topicsInUse(state: GroupState): ReadonlySet<string> | "all" {
  if (state.kind === "dead" || state.kind === "empty") return noTopics;
  if (state.kind !== "stable" || !isConsumerGroup(state)) return "all";
  return subscribedTopics(state) ?? "all";
}

const noTopics: ReadonlySet<string> = new Set();

function expiresAt(state: GroupState, offset: CommittedOffset, retentionMs: number): number {
  if (offset.expireTimestamp !== null) return offset.expireTimestamp;
  const isAbandoned = state.kind === "empty" && state.protocolType !== null && state.since !== null;
  return (isAbandoned && state.since !== null ? state.since : offset.commitTimestamp) + retentionMs;
}
