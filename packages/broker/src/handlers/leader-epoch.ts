import { KafkaProtocolError } from "@ottla/protocol";
import type { PartitionLog } from "../log/partition-log.js";

/** Refuses a client whose metadata is of another leader epoch (KIP-320). -1 means that it does not say. */
export function checkLeaderEpoch({ topic, partition, leaderEpoch }: PartitionLog, asked: number): void {
  if (asked === -1 || asked === leaderEpoch) return;
  const text = `${topic}-${partition} is at leader epoch ${leaderEpoch}, asked with ${asked}`;
  throw new KafkaProtocolError(asked < leaderEpoch ? "FENCED_LEADER_EPOCH" : "UNKNOWN_LEADER_EPOCH", text);
}
