import { apis, KafkaProtocolError } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 key types and error texts; v3 flexible; v4 several keys (KIP-699); v5 TRANSACTION_ABORTABLE; v6 share groups (KIP-932).

const groupKey = 0;
const noNode = Object.freeze({ nodeId: -1, host: "", port: -1 });

const handle: Handler<typeof apis.FindCoordinator> = async (context, request, version) => {
  const keys = version >= 4 ? request.coordinatorKeys : [request.key];
  const coordinators = await Promise.all(keys.map((key) => coordinatorOf(context, key, request.keyType)));
  if (version >= 4) return { errorCode: 0, nodeId: -1, host: "", port: -1, coordinators };
  const [{ key: _key, ...coordinator } = { key: "", ...noNode, errorCode: 0, errorMessage: null }] = coordinators;
  return { ...coordinator, coordinators: [] };
};

async function coordinatorOf({ broker, connection }: Parameters<typeof handle>[0], key: string, keyType: number) {
  try {
    if (keyType !== groupKey) {
      throw new KafkaProtocolError("INVALID_REQUEST", `There are no coordinators of type ${keyType}`);
    }
    await broker.groups.ensureTopic();
    const { host, port } = broker.advertised(connection.listener);
    return { key, nodeId: broker.nodeId, host, port, errorCode: 0, errorMessage: "" };
  } catch (failure) {
    return { key, ...noNode, ...errorOf(failure) };
  }
}

export const findCoordinatorEntry: HandlerEntry<typeof apis.FindCoordinator> = { api: apis.FindCoordinator, handle };
