import { apis } from "@ottla/protocol";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 flexible; v2 the transaction version, which says how the marker's epoch is checked (KIP-890). Between brokers, and for
// operators who abort a hanging transaction.

const handle: Handler<typeof apis.WriteTxnMarkers> = async ({ broker }, { markers }) => ({
  markers: await Promise.all(
    markers.map(async ({ topics, transactionResult, ...marker }) => ({
      producerId: marker.producerId,
      topics: await Promise.all(
        topics.map(async ({ name, partitionIndexes }) => ({
          name,
          partitions: await Promise.all(
            partitionIndexes.map(async (partitionIndex) => {
              try {
                const result = transactionResult ? "commit" : "abort";
                await broker.markers.write({ topic: name, partition: partitionIndex }, { ...marker, result });
                return { partitionIndex, errorCode: 0 };
              } catch (failure) {
                return { partitionIndex, errorCode: errorOf(failure).errorCode };
              }
            }),
          ),
        })),
      ),
    })),
  ),
});

export const writeTxnMarkersEntry: HandlerEntry<typeof apis.WriteTxnMarkers> = { api: apis.WriteTxnMarkers, handle };
