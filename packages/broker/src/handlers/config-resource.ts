import { KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { topicNameProblem } from "../topics/topic-name.js";
import type { Topic } from "../topics/topics.js";

/** The resource types of the config APIs that this broker has. */
const topicType = 2;
const brokerType = 4;

/** What a config request speaks of. */
export type ConfigResource =
  | { readonly kind: "topic"; readonly topic: Topic }
  /** One node by its number, or the defaults of all by the empty name. */
  | { readonly kind: "broker"; readonly node: string };

/** @throws {@link KafkaProtocolError} */
export function findResource(
  { topics, nodeId }: BrokerServices,
  { resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string },
): ConfigResource {
  if (resourceType === topicType) {
    const problem = topicNameProblem(resourceName);
    if (problem !== undefined) throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", problem);
    const topic = topics.get(resourceName);
    if (topic === undefined) {
      throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${resourceName}' does not exist.`);
    }
    return { kind: "topic", topic };
  }
  if (resourceType !== brokerType) {
    throw new KafkaProtocolError("INVALID_REQUEST", `Resources of type ${resourceType} have no configuration here`);
  }
  if (resourceName !== "" && resourceName !== String(nodeId)) {
    throw new KafkaProtocolError(
      "INVALID_REQUEST",
      `Unexpected broker id, expected ${nodeId} or empty string, but received ${resourceName}`,
    );
  }
  return { kind: "broker", node: resourceName };
}
