import { apis } from "@ottla/protocol";
import { clusterOperations, operationsNotAsked } from "./authorized-operations.js";
import { errorFields } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 endpoint type (KIP-919); v2 fenced brokers (KIP-1073): this one is not.

const brokers = 1;
const controllers = 2;

const handle: Handler<typeof apis.DescribeCluster> = ({ broker, connection }, request) => {
  const { endpointType, includeClusterAuthorizedOperations } = request;
  const nobody = { throttleTimeMs: 0, clusterId: "", brokers: [] };
  if (endpointType === controllers) {
    return {
      ...nobody,
      ...errorFields("MISMATCHED_ENDPOINT_TYPE", "The request was sent to an endpoint of wrong type."),
    };
  }
  if (endpointType !== brokers) {
    return { ...nobody, ...errorFields("UNSUPPORTED_ENDPOINT_TYPE", `Endpoint type ${endpointType} is not known.`) };
  }
  const { host, port } = broker.advertised(connection.listener);
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: [{ brokerId: broker.nodeId, host, port, rack: broker.config.get("broker.rack"), isFenced: false }],
    clusterAuthorizedOperations: includeClusterAuthorizedOperations ? clusterOperations : operationsNotAsked,
  };
};

export const describeClusterEntry: HandlerEntry<typeof apis.DescribeCluster> = { api: apis.DescribeCluster, handle };
