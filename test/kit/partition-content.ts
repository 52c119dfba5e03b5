import { apis, batchesIn } from "@ottla/protocol";
import type { SeenRecord } from "./partition-history.js";
import { Violation } from "./violation.js";
import type { WireClient } from "./wire-client.js";

const fetchVersion = 11;
const listOffsetsVersion = 5;

/** A partition from end to end, as a consumer sees it. */
export interface PartitionContent {
  readonly logStartOffset: number;
  /** The high watermark: where consumers' view ends. */
  readonly endOffset: number;
  /** Value as text and offset of every record. */
  readonly records: readonly SeenRecord[];
}

/**
 * Reads a whole partition over the wire and checks every checksum on the way.
 *
 * @throws Violation for an error code, a wrong checksum, or a fetch that does not come forward.
 */
export async function partitionContent(
  client: WireClient,
  topic: string,
  partition: number,
): Promise<PartitionContent> {
  const name = `${topic}-${partition}`;
  const logStartOffset = await offsetAt(client, topic, partition, -2);
  const endOffset = await offsetAt(client, topic, partition, -1);
  const records: SeenRecord[] = [];
  for (let next = logStartOffset; next < endOffset; ) {
    const response = await client.call(apis.Fetch, fetchVersion, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      topics: [{ topic, partitions: [{ partition, fetchOffset: next, partitionMaxBytes: 1_000_000 }] }],
      forgottenTopicsData: [],
    });
    const answer = response.responses[0]?.partitions[0];
    if (answer === undefined || answer.errorCode !== 0) {
      throw new Violation(`${name}: fetch at ${next} of ${endOffset} says ${answer?.errorCode ?? response.errorCode}`);
    }
    const before = next;
    for (const batch of batchesIn(bufferOf(answer.records))) {
      if (!batch.hasValidCrc()) throw new Violation(`${name}: a batch at ${batch.baseOffset} with a wrong checksum`);
      for (const { offset, value } of batch.records()) {
        if (offset >= next && offset < endOffset) records.push({ offset, id: String(value) });
      }
      next = batch.nextOffset;
    }
    if (next === before) throw new Violation(`${name}: nothing to read at ${next} of ${endOffset}`);
  }
  return { logStartOffset, endOffset, records };
}

async function offsetAt(client: WireClient, topic: string, partition: number, timestamp: number): Promise<number> {
  const response = await client.call(apis.ListOffsets, listOffsetsVersion, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
  });
  const answer = response.topics[0]?.partitions[0];
  if (answer === undefined || answer.errorCode !== 0) {
    throw new Violation(`${topic}-${partition}: ListOffsets(${timestamp}) says ${answer?.errorCode ?? "nothing"}`);
  }
  return answer.offset;
}

function bufferOf(bytes: Uint8Array | null): Buffer {
  return bytes === null ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
