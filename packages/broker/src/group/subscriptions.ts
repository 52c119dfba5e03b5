import { consumerProtocol, MalformedMessageError } from "@ottla/protocol";
import { type GroupState, isPopulated } from "./group-state.js";
import { metadataOf } from "./protocol-selection.js";

const consumerProtocolType = "consumer";
// Of one member: its metadata is bytes that nobody has looked into.
const mostElements = 100_000;

/** Whether the members' metadata is the consumer's, which we can read. */
export const isConsumerGroup = (state: GroupState): boolean =>
  state.kind !== "dead" && state.protocolType === consumerProtocolType;

/**
 * The topics that a consumer group reads; `null` where that cannot be told: the group is not one of consumers, has not
 * formed a generation, or its members' metadata is no subscription.
 */
export function subscribedTopics(state: GroupState): ReadonlySet<string> | null {
  if (!isConsumerGroup(state)) return null;
  if (!isPopulated(state)) return new Set();
  const { protocolName } = state;
  if (protocolName === null) return null;
  const topics = new Set<string>();
  try {
    for (const member of state.members.values()) {
      const metadata = metadataOf(member, protocolName);
      for (const topic of consumerProtocol.decodeSubscription(metadata, mostElements).topics) topics.add(topic);
    }
  } catch (error) {
    if (error instanceof MalformedMessageError) return null;
    throw error;
  }
  return topics;
}
