import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { prepareTopic } from "../contract/prepare-topic.js";
import type { ConsumerSettings } from "./consumer-options.js";
import { untilAnswered } from "./until-answered.js";

/**
 * Readies the contracts of what is read, finds what matches a pattern, and looks whether the topics are there.
 *
 * @throws what a serde's `prepare` throws, and KafkaProtocolError for a topic that waiting will not bring.
 */
export async function readyTopics(
  world: ClientWorld,
  cluster: Cluster,
  { subscription, registry, onEvent }: ConsumerSettings,
  signal: AbortSignal,
): Promise<void> {
  for (const topic of subscription.topics.values()) {
    await prepareTopic(topic, { direction: "read", registry, signal });
  }
  const found = await untilAnswered("metadata", world, { onEvent, signal }, async () => {
    await subscription.look(cluster, signal);
    return cluster.topics([...subscription.topics.keys()], { signal });
  });
  for (const { name, error } of found.values()) {
    if (error === undefined) continue;
    // A topic that is not there may still come; one that may not be read, or whose name is none, will not.
    if (!error.retriable) throw error;
    onEvent({ kind: "retrying", doing: `find topic ${name}`, error });
  }
}
