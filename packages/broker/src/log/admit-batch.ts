import type { RecordBatch } from "@ottla/protocol";
import { checkBatch } from "./batch-rules.js";
import type { LogConfig } from "./log-config.js";
import type { AppendOrigin } from "./partition-log.js";
import type { Now, ProducedBatch, ProducerStates } from "./producer-state.js";
import { inItsCodec } from "./recompress.js";

/** What a batch is held against before a log takes it. */
export interface Admission {
  readonly config: LogConfig;
  readonly origin: AppendOrigin;
  readonly producers: ProducerStates;
  readonly transactionVersion: number;
  /** Producers not heard of since this monotonic time are unknown. */
  readonly expiredBefore: number;
  readonly now: Now;
  /** For error texts. */
  readonly where: string;
}

export type Admitted =
  | { readonly kind: "duplicate"; readonly known: ProducedBatch }
  | { readonly kind: "new"; readonly batch: RecordBatch; readonly logAppendTime: number | undefined };

/**
 * The one batch that `bytes` are, in the form in which the log keeps it: everything but its offsets.
 *
 * @throws KafkaProtocolError as {@link PartitionLog.append} says.
 */
export function admitBatch(bytes: Buffer, admission: Admission): Admitted {
  const { config, origin, producers, now, where } = admission;
  const sent = checkBatch(bytes, { config, origin, nowMs: now.wallMs, where });
  if (sent.producerId >= 0) {
    const known = producers.check(sent, admission);
    if (known !== undefined) return { kind: "duplicate", known };
  }
  const logAppendTime = config.messageTimestampType === "LogAppendTime" ? now.wallMs : undefined;
  const batch = inItsCodec(sent, { config, where, logAppendTime });
  if (logAppendTime !== undefined) batch.stampLogAppendTime(logAppendTime);
  return { kind: "new", batch, logAppendTime };
}
