import { apis } from "@ottla/protocol";
import { errorOf, wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 producer id and epoch for recovery (KIP-360), which only transactional producers need; v4 and v5 new errors.

const handle: Handler<typeof apis.InitProducerId> = async ({ broker }, { transactionalId }) => {
  if (transactionalId === "") return { errorCode: wireCode("INVALID_REQUEST"), producerEpoch: -1 };
  // There is no transaction coordinator to find or wait for, so no code that a client would retry on.
  if (transactionalId !== null) return { errorCode: wireCode("UNSUPPORTED_VERSION"), producerEpoch: -1 };
  try {
    return { errorCode: 0, producerId: await broker.producerIds.next(), producerEpoch: 0 };
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode, producerEpoch: -1 };
  }
};

/** v6 is for two-phase commit (KIP-939), which no release of Kafka calls stable. */
export const initProducerIdEntry: HandlerEntry<typeof apis.InitProducerId> = {
  api: apis.InitProducerId,
  maxVersion: 5,
  handle,
};
