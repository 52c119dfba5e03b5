import { apis } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import { fencedBefore } from "./fenced-producer.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 PRODUCER_FENCED; v3 flexible; v4 TRANSACTION_ABORTABLE. Clients of transactions v2 do without it.

const handle: Handler<typeof apis.AddOffsetsToTxn> = async ({ broker }, request, version) => {
  try {
    const partition = await broker.groups.offsetsPartition(request.groupId);
    await broker.transactions.addPartitions(request, [partition], 0);
    return { throttleTimeMs: 0, errorCode: 0 };
  } catch (failure) {
    return { throttleTimeMs: 0, errorCode: errorOf(fencedBefore(failure, 2, version)).errorCode };
  }
};

export const addOffsetsToTxnEntry: HandlerEntry<typeof apis.AddOffsetsToTxn> = { api: apis.AddOffsetsToTxn, handle };
