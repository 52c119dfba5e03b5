import {
  array,
  ByteReader,
  ByteWriter,
  type Decoded,
  type Encodable,
  type Fields,
  int8,
  int16,
  int32,
  int64,
  MalformedMessageError,
  Message,
  string,
  uuid,
} from "@ottla/protocol";

// The records of __cluster_metadata, as KRaft writes them:
//
//   uvarint frame version (1) | uvarint record type | uvarint version | the record's fields
//
// A type that is not declared here (an older or newer release wrote it) is passed over when read.
const frameVersion = 1;

interface RecordType<F extends Fields = Fields> {
  readonly key: number;
  readonly message: Message<F>;
}

const declare = <F extends Fields>(key: number, name: string, versions: "0" | "0-2", fields: F): RecordType<F> => ({
  key,
  message: new Message(name, { versions, flexible: "0+" }, fields),
});

export const metadataRecords = Object.freeze({
  topic: declare(2, "TopicRecord", "0", { name: string(), topicId: uuid() }),
  partition: declare(3, "PartitionRecord", "0-2", {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    replicas: array(int32()),
    isr: array(int32()),
    removingReplicas: array(int32()),
    addingReplicas: array(int32()),
    leader: int32({ default: -1 }),
    leaderRecoveryState: int8({ tag: 0, tagged: "0+" }),
    leaderEpoch: int32({ default: -1 }),
    partitionEpoch: int32({ default: -1 }),
    directories: array(uuid(), { versions: "1+" }),
    eligibleLeaderReplicas: array(int32(), { nullable: "2+", default: null, tag: 1, tagged: "2+" }),
    lastKnownElr: array(int32(), { nullable: "2+", default: null, tag: 2, tagged: "2+" }),
  }),
  config: declare(4, "ConfigRecord", "0", {
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    value: string({ nullable: "0+" }),
  }),
  removeTopic: declare(9, "RemoveTopicRecord", "0", { topicId: uuid() }),
  featureLevel: declare(12, "FeatureLevelRecord", "0", { name: string(), featureLevel: int16() }),
  producerIds: declare(15, "ProducerIdsRecord", "0", {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    nextProducerId: int64(),
  }),
});

type Types = typeof metadataRecords;
type FieldsOf<T extends keyof Types> = Types[T] extends RecordType<infer F> ? F : never;

/** A record as it is read. */
export type MetadataRecord = { [T in keyof Types]: { readonly type: T } & Readonly<Decoded<FieldsOf<T>>> }[keyof Types];
/** A record as it is written. */
export type MetadataChange = { [T in keyof Types]: { readonly type: T } & Encodable<FieldsOf<T>> }[keyof Types];

const typesByKey = new Map(
  Object.entries(metadataRecords).map(([type, { key, message }]) => [key, { type, message: message as Message }]),
);

// Directories and eligible replicas are of later metadata versions; one node needs neither.
const writtenVersion = 0;

/** The value of a metadata record in the log. */
export function encodeMetadataRecord({ type, ...fields }: MetadataChange): Buffer {
  const { key, message } = metadataRecords[type];
  const writer = new ByteWriter();
  writer.uvarint(frameVersion);
  writer.uvarint(key);
  writer.uvarint(writtenVersion);
  (message as Message).write(writer, writtenVersion, fields);
  return Buffer.concat(writer.finish());
}

/**
 * Reads a metadata record; `undefined` for a type this release does not know.
 *
 * @throws {@link MalformedMessageError}
 */
export function decodeMetadataRecord(value: Buffer): MetadataRecord | undefined {
  const reader = new ByteReader(value);
  const frame = reader.uvarint();
  if (frame !== frameVersion) throw new MalformedMessageError(`metadata record of frame version ${frame}`);
  const known = typesByKey.get(reader.uvarint());
  const version = reader.uvarint();
  if (known === undefined || version > known.message.versions.max) return undefined;
  return { type: known.type, ...known.message.read(reader, version) } as MetadataRecord;
}
