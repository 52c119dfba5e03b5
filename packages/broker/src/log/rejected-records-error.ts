import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";

/** One record that a log may not take, as Produce answers it from version 8 on. */
export interface RecordError {
  /** Its place in the batch, from 0. */
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string;
}

/** A batch was refused because of some of its records; the others may be sent again without them (KIP-467). */
export class RejectedRecordsError extends KafkaProtocolError {
  readonly recordErrors: readonly RecordError[];

  constructor(code: ProtocolErrorCode, context: string, recordErrors: readonly RecordError[]) {
    super(code, context);
    this.recordErrors = recordErrors;
  }
}
