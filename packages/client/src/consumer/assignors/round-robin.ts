import type { TopicPartition } from "../topic-partition.js";
import { type ImmediateAssignor, inServingOrder, subscribedTopics } from "./assignor.js";

/** Deals all partitions of all topics out in turn, passing over members that do not ask for the topic. */
export const roundRobin: ImmediateAssignor = {
  name: "roundrobin",
  protocol: "eager",
  assign(members, partitionCounts) {
    const assignment = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
    const ordered = inServingOrder(members);
    let turn = 0;
    for (const topic of subscribedTopics(members, partitionCounts)) {
      for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition += 1) {
        // Somebody asks for the topic, so this ends.
        while (!ordered[turn % ordered.length]?.topics.includes(topic)) turn += 1;
        assignment.get(ordered[turn % ordered.length]?.memberId ?? "")?.push({ topic, partition });
        turn += 1;
      }
    }
    return assignment;
  },
};
