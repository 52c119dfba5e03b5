import type { StartPosition } from "../consumer-options.js";
import type { AssignedPartition } from "../fetch/assigned-partition.js";
import type { TopicPartition } from "../topic-partition.js";
import type { PositionReset } from "./position-reset.js";

/** A partition, and where to read on in it. */
export interface SeekTarget extends TopicPartition {
  readonly to: bigint | StartPosition;
}

/** Begins each partition at an offset, its start, its end or a time. @throws what the cluster says of a time that is looked up. */
export async function beginAt(
  reset: PositionReset,
  targets: readonly { readonly partition: AssignedPartition | undefined; readonly at: bigint | StartPosition }[],
): Promise<void> {
  const lookups: Promise<void>[] = [];
  for (const { partition, at } of targets) {
    if (partition === undefined) continue;
    if (typeof at === "bigint") partition.begin(Number(at));
    else lookups.push(reset.begin([partition], at, undefined));
  }
  await Promise.all(lookups);
}
