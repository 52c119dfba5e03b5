import { apis } from "@ottla/protocol";
import { errorFields } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// KIP-500. For brokers that are gone for good; this one is the whole cluster.

const handle: Handler<typeof apis.UnregisterBroker> = ({ broker }, { brokerId }) => ({
  throttleTimeMs: 0,
  ...(brokerId === broker.nodeId
    ? errorFields("INVALID_REQUEST", `Broker ${brokerId} is the only one and stays registered.`)
    : errorFields("BROKER_ID_NOT_REGISTERED", `Broker ID ${brokerId} is not currently registered`)),
});

export const unregisterBrokerEntry: HandlerEntry<typeof apis.UnregisterBroker> = { api: apis.UnregisterBroker, handle };
