import { apis } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import { fencedBefore } from "./fenced-producer.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 PRODUCER_FENCED; v3 flexible; v4 TRANSACTION_ABORTABLE; v5 bumps the epoch, or gives a new id, and says so (KIP-890).

const handle: Handler<typeof apis.EndTxn> = async ({ broker }, request, version) => {
  try {
    const bumps = version >= 5;
    const producer = await broker.transactions.end(request, request.committed ? "commit" : "abort", bumps ? 2 : 0);
    return { throttleTimeMs: 0, errorCode: 0, ...(bumps ? producer : {}) };
  } catch (failure) {
    return { throttleTimeMs: 0, errorCode: errorOf(fencedBefore(failure, 2, version)).errorCode };
  }
};

export const endTxnEntry: HandlerEntry<typeof apis.EndTxn> = { api: apis.EndTxn, handle };
