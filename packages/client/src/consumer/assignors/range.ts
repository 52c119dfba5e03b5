import type { TopicPartition } from "../topic-partition.js";
import { type ImmediateAssignor, inServingOrder, subscribedTopics } from "./assignor.js";

/**
 * Gives each member a run of neighbouring partitions of every topic it asks for, the first members one more where it does
 * not come out even. Topics of equal size are divided alike, so equal keys of two topics meet in one member.
 */
export const range: ImmediateAssignor = {
  name: "range",
  protocol: "eager",
  assign(members, partitionCounts) {
    const assignment = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
    const ordered = inServingOrder(members);
    for (const topic of subscribedTopics(members, partitionCounts)) {
      const count = partitionCounts.get(topic) ?? 0;
      const takers = ordered.filter((member) => member.topics.includes(topic));
      let partition = 0;
      takers.forEach(({ memberId }, index) => {
        const share = Math.floor(count / takers.length) + (index < count % takers.length ? 1 : 0);
        for (const end = partition + share; partition < end; partition += 1) {
          assignment.get(memberId)?.push({ topic, partition });
        }
      });
    }
    return assignment;
  },
};
