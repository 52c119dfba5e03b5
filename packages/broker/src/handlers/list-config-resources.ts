import { apis } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { resourceTypes } from "../topics/cluster-metadata.js";
import { configResourceTypes } from "./config-resource.js";
import { wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v0 client metrics only (KIP-714); v1 every type, or those asked for (KIP-1142).

const handle: Handler<typeof apis.ListConfigResources> = ({ broker }, request, version) => {
  const all = Object.values<number>(configResourceTypes);
  const asked = version === 0 ? [configResourceTypes.clientMetrics] : [...new Set(request.resourceTypes)];
  if (asked.some((type) => !all.includes(type))) {
    return { throttleTimeMs: 0, errorCode: wireCode("UNSUPPORTED_VERSION"), configResources: [] };
  }
  const types = asked.length === 0 ? all : asked;
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    configResources: types.flatMap((resourceType) =>
      namesOf(broker, resourceType).map((resourceName) => ({
        resourceName,
        ...(version === 0 ? {} : { resourceType }),
      })),
    ),
  };
};

function namesOf({ topics, nodeId }: BrokerServices, type: number): readonly string[] {
  switch (type) {
    case configResourceTypes.topic:
      return [...topics.all()].map(({ name }) => name);
    case configResourceTypes.broker:
    case configResourceTypes.brokerLogger:
      return [String(nodeId)];
    case configResourceTypes.clientMetrics:
      return topics.metadata.image.configured(resourceTypes.clientMetrics);
    default:
      return topics.metadata.image.configured(resourceTypes.group);
  }
}

export const listConfigResourcesEntry: HandlerEntry<typeof apis.ListConfigResources> = {
  api: apis.ListConfigResources,
  handle,
};
