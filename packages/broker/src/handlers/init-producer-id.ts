import { apis, KafkaProtocolError } from "@ottla/protocol";
import type { ProducerIdentity } from "../txn/transaction-state.js";
import { errorOf } from "./error-code.js";
import { fencedBefore } from "./fenced-producer.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 producer id and epoch to go on with after an error (KIP-360); v4 PRODUCER_FENCED; v5 TRANSACTION_ABORTABLE.

const handle: Handler<typeof apis.InitProducerId> = async ({ broker }, request, version) => {
  const { transactionalId, transactionTimeoutMs } = request;
  try {
    const expected = expectedOf(request);
    const producer =
      transactionalId === null
        ? { producerId: await broker.producerIds.next(), producerEpoch: 0 }
        : await broker.transactions.initProducer(transactionalId, transactionTimeoutMs, expected);
    return { throttleTimeMs: 0, errorCode: 0, ...producer };
  } catch (failure) {
    return { throttleTimeMs: 0, errorCode: errorOf(fencedBefore(failure, 4, version)).errorCode, producerEpoch: -1 };
  }
};

function expectedOf({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity | undefined {
  if (producerId === -1 && producerEpoch === -1) return undefined;
  if (producerId !== -1 && producerEpoch !== -1) return { producerId, producerEpoch };
  throw new KafkaProtocolError("INVALID_REQUEST", `Producer id ${producerId} with epoch ${producerEpoch}`);
}

/** v6 is for two-phase commit (KIP-939), which no release of Kafka calls stable. */
export const initProducerIdEntry: HandlerEntry<typeof apis.InitProducerId> = {
  api: apis.InitProducerId,
  maxVersion: 5,
  handle,
};
