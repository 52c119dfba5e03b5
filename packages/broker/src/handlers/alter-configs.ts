import { type AlterConfigsRequest, apis, KafkaProtocolError } from "@ottla/protocol";
import { alterConfigResources, givenValue } from "./alter-config-resources.js";
import { configResourceTypes } from "./config-resource.js";
import type { ConfigChanges, ConfigTarget } from "./config-target.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible. The older way (KIP-133): what is given takes the place of everything that was set.

const handle: Handler<typeof apis.AlterConfigs> = async ({ broker }, request) => ({
  throttleTimeMs: 0,
  responses: await alterConfigResources(broker, request, replacement),
});

function replacement(
  { resourceType, configs }: AlterConfigsRequest["resources"][number],
  { own }: ConfigTarget,
): ConfigChanges {
  if (resourceType === configResourceTypes.brokerLogger) {
    throw new KafkaProtocolError("INVALID_REQUEST", "Loggers are altered one by one, with IncrementalAlterConfigs.");
  }
  const changes = new Map<string, string | null>([...own.keys()].map((name) => [name, null]));
  for (const { name, value } of configs) changes.set(name, givenValue(name, value));
  return changes;
}

export const alterConfigsEntry: HandlerEntry<typeof apis.AlterConfigs> = { api: apis.AlterConfigs, handle };
