import { apis, KafkaProtocolError } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";
import { withFewRepeats } from "./repeated.js";

// v1 key types and error texts; v3 flexible; v4 several keys (KIP-699); v5 TRANSACTION_ABORTABLE; v6 share groups (KIP-932).

const groupKey = 0;
const transactionKey = 1;
const noNode = Object.freeze({ nodeId: -1, host: "", port: -1 });

const handle: Handler<typeof apis.FindCoordinator> = async (context, request, version) => {
  if (version >= 4) {
    const keys = withFewRepeats(request.coordinatorKeys, (key) => key);
    return { coordinators: await Promise.all(keys.map((key) => coordinatorOf(context, key, request.keyType))) };
  }
  const { key: _, ...coordinator } = await coordinatorOf(context, request.key, request.keyType);
  // The name of no error, where versions with several keys have an empty text. Kafka's clients show neither.
  return coordinator.errorCode === 0 ? { ...coordinator, errorMessage: "NONE" } : coordinator;
};

async function coordinatorOf({ broker, connection }: Parameters<typeof handle>[0], key: string, keyType: number) {
  try {
    if (keyType !== groupKey && keyType !== transactionKey) {
      throw new KafkaProtocolError("INVALID_REQUEST", `There are no coordinators of type ${keyType}`);
    }
    await (keyType === groupKey ? broker.groups : broker.transactions).ensureTopic();
    const { host, port } = broker.advertised(connection.listener);
    return { key, nodeId: broker.nodeId, host, port, errorCode: 0, errorMessage: "" };
  } catch (failure) {
    return { key, ...noNode, ...errorOf(failure) };
  }
}

export const findCoordinatorEntry: HandlerEntry<typeof apis.FindCoordinator> = { api: apis.FindCoordinator, handle };
