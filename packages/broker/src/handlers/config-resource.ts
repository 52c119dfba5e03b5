import { KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { topicNameProblem } from "../topics/topic-name.js";
import type { Topic } from "../topics/topics.js";

/** The resource types of the config APIs. */
export const configResourceTypes = Object.freeze({
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
});

/** What a config request speaks of. */
export type ConfigResource =
  | { readonly kind: "topic"; readonly topic: Topic }
  /** One node by its number, or the defaults of all by the empty name. */
  | { readonly kind: "broker"; readonly node: string }
  | { readonly kind: "brokerLogger" }
  | { readonly kind: "clientMetrics"; readonly name: string }
  | { readonly kind: "group"; readonly name: string };

const invalid = (text: string) => new KafkaProtocolError("INVALID_REQUEST", text);

/** @throws {@link KafkaProtocolError} */
export function findResource(
  { topics, nodeId }: BrokerServices,
  { resourceType, resourceName: name }: { readonly resourceType: number; readonly resourceName: string },
): ConfigResource {
  switch (resourceType) {
    case configResourceTypes.topic: {
      const problem = topicNameProblem(name);
      if (problem !== undefined) throw new KafkaProtocolError("INVALID_TOPIC_EXCEPTION", problem);
      const topic = topics.get(name);
      if (topic === undefined) {
        throw new KafkaProtocolError("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${name}' does not exist.`);
      }
      return { kind: "topic", topic };
    }
    case configResourceTypes.broker:
      if (name !== "") checkNode(nodeId, name);
      return { kind: "broker", node: name };
    case configResourceTypes.brokerLogger:
      checkNode(nodeId, name);
      return { kind: "brokerLogger" };
    case configResourceTypes.clientMetrics:
      if (name === "") throw invalid("Client metrics subscription name must not be empty");
      return { kind: "clientMetrics", name };
    case configResourceTypes.group:
      if (name === "") throw invalid("Group name must not be empty");
      return { kind: "group", name };
    default:
      throw invalid(`Unknown resource type ${resourceType}`);
  }
}

function checkNode(nodeId: number, name: string): void {
  if (!/^[+-]?\d{1,10}$/.test(name)) throw invalid(`Node id must be an integer, but it is: ${name}`);
  if (Number(name) !== nodeId) throw invalid(`Unexpected node id, expected ${nodeId}, but received ${name}`);
}
