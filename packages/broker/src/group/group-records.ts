import {
  array,
  ByteReader,
  ByteWriter,
  bytes,
  type Encodable,
  type Fields,
  int32,
  int64,
  MalformedMessageError,
  Message,
  string,
  uuid,
  zeroUuid,
} from "@ottla/protocol";
import type { StateRecord } from "../coordinator/state-log.js";

// The records of __consumer_offsets, as Kafka's group coordinator writes them:
//
//     key   := int16 type, fields        type 0, 1: a committed offset; 2: a classic group
//     value := int16 version, fields     or null, which takes it away
//
// Other types belong to group protocols that are not served here, and are passed over when read.
const keyTypes = Object.freeze({ legacyOffset: 0, offset: 1, group: 2 });

const offsetKey = new Message(
  "OffsetCommitKey",
  { versions: "0", flexible: "none" },
  { group: string(), topic: string(), partition: int32() },
);

const offsetValue = new Message(
  "OffsetCommitValue",
  { versions: "0-4", flexible: "4+" },
  {
    offset: int64(),
    leaderEpoch: int32({ versions: "3+", default: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ versions: "1", default: -1, ignorable: true }),
    topicId: uuid({ tag: 0, tagged: "4+", ignorable: true }),
  },
);

const groupKey = new Message("GroupMetadataKey", { versions: "0", flexible: "none" }, { group: string() });

const groupValue = new Message(
  "GroupMetadataValue",
  { versions: "0-4", flexible: "4+" },
  {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: "0+" }),
    leader: string({ nullable: "0+" }),
    currentStateTimestamp: int64({ versions: "2+", default: -1, ignorable: true }),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: "3+", nullable: "3+", default: null, ignorable: true }),
      clientId: string(),
      clientHost: string(),
      rebalanceTimeout: int32({ versions: "1+", default: -1, ignorable: true }),
      sessionTimeout: int32(),
      subscription: bytes(),
      assignment: bytes(),
    }),
  },
);

// What Kafka 4.3 writes. An offset with a time of its own (OffsetCommit 2-4) needs the one version that can hold it.
const groupValueVersion = 3;
const offsetValueVersion = 4;
const expiringOffsetValueVersion = 1;

/** A committed offset of a partition. */
export interface CommittedOffset {
  readonly offset: number;
  /** Of the last consumed record, -1 when the client did not say. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestamp: number;
  /** Milliseconds since the Unix epoch, for clients that ask for a retention time of their own; `null` for the broker's. */
  readonly expireTimestamp: number | null;
  /** The zero uuid when not known. */
  readonly topicId: string;
}

/** A group as it is kept: what its last finished rebalance led to. */
export interface GroupMetadata {
  /** `""` for a group that never had members. */
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | null;
  readonly leader: string | null;
  /** -1 when not known. */
  readonly currentStateTimestamp: number;
  readonly members: readonly GroupMemberMetadata[];
}

export interface GroupMemberMetadata {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** -1 when not known. */
  readonly rebalanceTimeout: number;
  readonly sessionTimeout: number;
  readonly subscription: Uint8Array;
  readonly assignment: Uint8Array;
}

/** One change of what is known about groups. A `value` of null takes it away. */
export type GroupRecord =
  | {
      readonly type: "offset";
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly value: CommittedOffset | null;
    }
  | { readonly type: "group"; readonly group: string; readonly value: GroupMetadata | null };

export function encodeGroupRecord(record: GroupRecord, timestamp: number): StateRecord {
  if (record.type === "group") {
    const key = prefixed(keyTypes.group, groupKey, 0, { group: record.group });
    const { value } = record;
    return { key, value: value && prefixed(groupValueVersion, groupValue, groupValueVersion, value), timestamp };
  }
  const { group, topic, partition, value } = record;
  const key = prefixed(keyTypes.offset, offsetKey, 0, { group, topic, partition });
  if (value === null) return { key, value: null, timestamp };
  const version = value.expireTimestamp === null ? offsetValueVersion : expiringOffsetValueVersion;
  const fields = { ...value, expireTimestamp: value.expireTimestamp ?? -1 };
  return { key, value: prefixed(version, offsetValue, version, fields), timestamp };
}

function prefixed<F extends Fields>(prefix: number, message: Message<F>, version: number, value: Encodable<F>): Buffer {
  const writer = new ByteWriter();
  writer.int16(prefix);
  message.write(writer, version, value);
  return Buffer.concat(writer.finish());
}

/** `undefined` for a record of another kind. @throws {@link MalformedMessageError} */
export function decodeGroupRecord({ key, value }: Pick<StateRecord, "key" | "value">): GroupRecord | undefined {
  const reader = new ByteReader(key);
  switch (reader.int16()) {
    case keyTypes.legacyOffset:
    case keyTypes.offset:
      return { type: "offset", ...offsetKey.read(reader, 0), value: value && decodeOffset(value) };
    case keyTypes.group:
      return { type: "group", group: groupKey.read(reader, 0).group, value: value && decodeGroup(value) };
    default:
      return undefined;
  }
}

function decodeOffset(value: Buffer): CommittedOffset {
  const reader = new ByteReader(value);
  const { expireTimestamp, ...rest } = offsetValue.read(reader, versionOf(reader, offsetValue));
  return { ...rest, expireTimestamp: expireTimestamp === -1 ? null : expireTimestamp };
}

function decodeGroup(value: Buffer): GroupMetadata {
  const reader = new ByteReader(value);
  return groupValue.read(reader, versionOf(reader, groupValue));
}

function versionOf(reader: ByteReader, { name, versions: { min, max } }: Message): number {
  const version = reader.int16();
  if (version < min || version > max)
    throw new MalformedMessageError(`${name} has versions ${min}-${max}, not ${version}`);
  return version;
}

export const unknownTopicId = zeroUuid;
