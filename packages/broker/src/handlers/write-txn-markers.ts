import { apis, type WriteTxnMarkersRequest } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { errorOf, wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 flexible; v2 the transaction version, which says how the marker's epoch is checked (KIP-890). Between brokers, and for
// operators who abort a hanging transaction.

type Marker = WriteTxnMarkersRequest["markers"][number];

const handle: Handler<typeof apis.WriteTxnMarkers> = async ({ broker }, { markers }, version) => {
  // By producer, topic and partition: of markers for the same the last one is answered.
  const answers = new Map<number, Map<string, Map<number, number>>>();
  const answer = (producerId: number, topic: string, partition: number, errorCode: number) => {
    const ofProducer = answers.get(producerId) ?? new Map<string, Map<number, number>>();
    const ofTopic = ofProducer.get(topic) ?? new Map<number, number>();
    answers.set(producerId, ofProducer.set(topic, ofTopic.set(partition, errorCode)));
  };
  const fails = markers.some((marker) => isNobodys(broker, marker, version));
  const written = markers.flatMap(({ topics, transactionResult, ...marker }) =>
    topics.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map(async (partition) => {
        const result = transactionResult ? ("commit" as const) : ("abort" as const);
        const target = { topic: name, partition };
        const errorCode = fails
          ? wireCode("UNKNOWN_SERVER_ERROR")
          : await broker.markers.write(target, { ...marker, result }).then(
              () => 0,
              (failure: unknown) => errorOf(failure).errorCode,
            );
        return { producerId: marker.producerId, ...target, errorCode };
      }),
    ),
  );
  for (const { producerId, topic, partition, errorCode } of await Promise.all(written)) {
    answer(producerId, topic, partition, errorCode);
  }
  return {
    markers: [...answers].map(([producerId, topics]) => ({
      producerId,
      topics: [...topics].map(([name, partitions]) => ({
        name,
        partitions: [...partitions].map(([partitionIndex, errorCode]) => ({ partitionIndex, errorCode })),
      })),
    })),
  };
};

/** No batch can be made for a marker without a producer, its epoch or a version; Kafka fails with the whole request then. */
function isNobodys(broker: BrokerServices, marker: Marker, version: number): boolean {
  const { producerId, producerEpoch, transactionVersion, topics } = marker;
  if (producerId !== -1 && producerEpoch !== -1 && !(version >= 2 && transactionVersion === -1)) return false;
  return topics.some(({ name, partitionIndexes }) =>
    partitionIndexes.some((partition) => broker.topics.get(name)?.partitions[partition] !== undefined),
  );
}

export const writeTxnMarkersEntry: HandlerEntry<typeof apis.WriteTxnMarkers> = { api: apis.WriteTxnMarkers, handle };
