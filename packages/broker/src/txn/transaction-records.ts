import {
  array,
  ByteReader,
  ByteWriter,
  int8,
  int16,
  int32,
  int64,
  MalformedMessageError,
  Message,
  string,
} from "@ottla/protocol";
import type { StateRecord } from "../coordinator/state-log.js";
import {
  type ClientTransactionVersion,
  isPrepared,
  noProducerEpoch,
  noProducerId,
  type PartitionSet,
  partitionsOf,
  stateIds,
  type TransactionState,
  type TransactionStateKind,
} from "./transaction-state.js";

// The records of __transaction_state, as Kafka's coordinator writes them:
//
//     key   := int16 0, transactional id
//     value := int16 version, fields     or null, which takes the id away
//
// Version 1 is what Kafka writes from transaction.version 1 on. Tag 3 belongs to two-phase commit (KIP-939).
const keyType = 0;
const plainVersion = 0;
const flexibleVersion = 1;

const key = new Message("TransactionLogKey", { versions: "0", flexible: "none" }, { transactionalId: string() });

const value = new Message(
  "TransactionLogValue",
  { versions: "0-1", flexible: "1+" },
  {
    producerId: int64(),
    previousProducerId: int64({ default: -1, tag: 0, tagged: "1+" }),
    nextProducerId: int64({ default: -1, tag: 1, tagged: "1+" }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ default: -1, tag: 3, tagged: "1+" }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array({ topic: string(), partitionIds: array(int32()) }, { nullable: "0+" }),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ default: 0, tag: 2, tagged: "1+" }),
  },
);

/** What is known of a transactional id from here on; `null` takes it away. */
export interface TransactionRecord {
  readonly transactionalId: string;
  readonly state: TransactionState | null;
}

/** @param transactionVersion - Below 1, releases before Kafka 4 can read the record, unless it has more to say than they know of. */
export function encodeTransactionRecord(
  { transactionalId, state }: TransactionRecord,
  timestamp: number,
  transactionVersion = 1,
): StateRecord {
  const writer = new ByteWriter();
  writer.int16(keyType);
  key.write(writer, 0, { transactionalId });
  return { key: Buffer.concat(writer.finish()), value: state && encodeState(state, transactionVersion), timestamp };
}

function encodeState(state: TransactionState, transactionVersion: number): Buffer {
  const nextProducerId = isPrepared(state) ? state.nextProducerId : noProducerId;
  const isPlain =
    transactionVersion < 1 &&
    state.previousProducerId === noProducerId &&
    nextProducerId === noProducerId &&
    state.clientTransactionVersion === 0;
  const valueVersion = isPlain ? plainVersion : flexibleVersion;
  const writer = new ByteWriter();
  writer.int16(valueVersion);
  const partitions = [...partitionsOf(state)].map(([topic, ids]) => ({ topic, partitionIds: [...ids] }));
  value.write(writer, valueVersion, {
    producerId: state.producerId,
    previousProducerId: state.previousProducerId,
    nextProducerId,
    producerEpoch: state.producerEpoch,
    transactionTimeoutMs: state.timeoutMs,
    transactionStatus: stateIds[state.kind],
    transactionPartitions: state.kind === "empty" ? null : partitions,
    transactionLastUpdateTimestampMs: state.lastUpdateTimestamp,
    transactionStartTimestampMs: state.kind === "empty" ? -1 : state.startTimestamp,
    clientTransactionVersion: state.clientTransactionVersion,
  });
  return Buffer.concat(writer.finish());
}

/** `undefined` for a record of another kind. @throws {@link MalformedMessageError} */
export function decodeTransactionRecord(record: Pick<StateRecord, "key" | "value">): TransactionRecord | undefined {
  const reader = new ByteReader(record.key);
  if (reader.int16() !== keyType) return undefined;
  const { transactionalId } = key.read(reader, 0);
  return { transactionalId, state: record.value && decodeState(record.value) };
}

function decodeState(bytes: Buffer): TransactionState {
  const reader = new ByteReader(bytes);
  const version = reader.int16();
  if (version < value.versions.min || version > value.versions.max) {
    throw new MalformedMessageError(`TransactionLogValue has versions 0-1, not ${version}`);
  }
  const fields = value.read(reader, version);
  const known = {
    producerId: fields.producerId,
    producerEpoch: fields.producerEpoch,
    previousProducerId: fields.previousProducerId,
    lastProducerEpoch: noProducerEpoch,
    timeoutMs: fields.transactionTimeoutMs,
    lastUpdateTimestamp: fields.transactionLastUpdateTimestampMs,
    clientTransactionVersion: (fields.clientTransactionVersion >= 2 ? 2 : 0) as ClientTransactionVersion,
  };
  const kind = kindOf(fields.transactionStatus);
  const startTimestamp = fields.transactionStartTimestampMs;
  const partitions: PartitionSet = new Map(
    (fields.transactionPartitions ?? []).map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]),
  );
  switch (kind) {
    case "empty":
      return { ...known, kind };
    case "ongoing":
      return { ...known, kind, startTimestamp, partitions };
    case "prepareCommit":
    case "prepareAbort":
      return { ...known, kind, startTimestamp, partitions, nextProducerId: fields.nextProducerId };
    case "completeCommit":
    case "completeAbort":
      return { ...known, kind, startTimestamp };
  }
}

const kinds = Object.keys(stateIds) as TransactionStateKind[];

function kindOf(status: number): TransactionStateKind {
  const kind = kinds.find((each) => stateIds[each] === status);
  if (kind === undefined) throw new MalformedMessageError(`A transaction in state ${status}`);
  return kind;
}
