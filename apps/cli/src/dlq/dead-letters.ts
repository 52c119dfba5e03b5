import { bytes, deadLetterReason, type Kafka, nullable, topic } from "@ottla/client";
import { throwIfFailed } from "../cluster/outcomes.js";
import type { PrintableRecord } from "../records/printed-record.js";

/** Which dead letters are meant; what is absent does not matter. */
export interface DeadLetterFilter {
  readonly partition?: number;
  readonly offset?: number;
  readonly origin?: string;
  readonly group?: string;
  readonly error?: string;
  readonly message?: string;
  readonly key?: string;
  readonly since?: number;
  readonly until?: number;
}

/** A record of a dead-letter topic, and why it is there; without a reason when no consumer of ours wrote it. */
export interface DeadLetter extends PrintableRecord {
  readonly reason: ReturnType<typeof deadLetterReason>;
}

/** The records of a dead-letter topic up to where it ends now, partition by partition in order. */
export async function* deadLettersOf(
  kafka: Kafka,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<DeadLetter, void> {
  throwIfFailed(await kafka.admin().topics.describe([name], { signal }));
  const contract = topic(name, { key: nullable(bytes()), value: nullable(bytes()) });
  for await (const record of kafka.reader({ topics: [contract], until: "end", signal })) {
    const { partition, offset, timestamp, rawKey, rawValue, rawHeaders } = record;
    const reason = deadLetterReason(record);
    yield { topic: name, partition, offset, timestamp, rawKey, rawValue, rawHeaders, reason };
  }
}

export function isMeant({ partition, offset, rawKey, reason }: DeadLetter, filter: DeadLetterFilter): boolean {
  const is = <V>(wanted: V | undefined, value: V | undefined): boolean => wanted === undefined || wanted === value;
  const at = reason?.at ?? -1;
  return (
    is(filter.partition, partition) &&
    is(filter.offset, Number(offset)) &&
    is(filter.origin, reason?.topic) &&
    is(filter.group, reason?.group) &&
    is(filter.error, reason?.errorClass) &&
    is(filter.key, rawKey?.toString()) &&
    (filter.message === undefined || (reason?.errorMessage ?? "").includes(filter.message)) &&
    (filter.since === undefined || at >= filter.since) &&
    (filter.until === undefined || (at >= 0 && at < filter.until))
  );
}
