import { ByteReader } from "../bytes/reader.js";
import { ByteWriter } from "../bytes/writer.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import type { Decoded, Encodable, Fields } from "../schema/field.js";
import { Message } from "../schema/message.js";
import { array, bytes, int32, string } from "../schema/types.js";

// What members of a classic group of type "consumer" tell each other through the broker, which does not look inside:
//
//     blob := int16 version, message in that version
const versions = { versions: "0-3", flexible: "none" } as const;
const newest = 3;

const subscription = new Message("ConsumerProtocolSubscription", versions, {
  topics: array(string()),
  userData: bytes({ nullable: "0+", default: null }),
  ownedPartitions: array(
    { topic: string({ versions: "1+" }), partitions: array(int32(), { versions: "1+" }) },
    { versions: "1+", ignorable: true },
  ),
  generationId: int32({ versions: "2+", default: -1, ignorable: true }),
  rackId: string({ versions: "3+", nullable: "3+", default: null, ignorable: true }),
});

const assignment = new Message("ConsumerProtocolAssignment", versions, {
  assignedPartitions: array({ topic: string(), partitions: array(int32()) }),
  userData: bytes({ nullable: "0+", default: null }),
});

/** What a member of a consumer group wants: the metadata of its protocols in JoinGroup. */
export interface ConsumerSubscription extends Decoded<(typeof subscription)["fields"]> {
  readonly version: number;
}
export interface ConsumerSubscriptionInput extends Encodable<(typeof subscription)["fields"]> {
  /** Default 3, the newest. */
  readonly version?: number | undefined;
}

/** What a member of a consumer group got: the assignment in SyncGroup. */
export interface ConsumerAssignment extends Decoded<(typeof assignment)["fields"]> {
  readonly version: number;
}
export interface ConsumerAssignmentInput extends Encodable<(typeof assignment)["fields"]> {
  /** Default 3, the newest. */
  readonly version?: number | undefined;
}

function encode<F extends Fields>(message: Message<F>, version: number, value: Encodable<F>): Buffer {
  const writer = new ByteWriter();
  writer.int16(version);
  message.write(writer, version, value);
  return Buffer.concat(writer.finish());
}

/** A version newer than ours begins with the fields that we know; what comes after them is not ours to judge. */
function decode<F extends Fields>(
  message: Message<F>,
  blob: Uint8Array,
  maxElements?: number,
): Decoded<F> & { version: number } {
  const reader = new ByteReader(blob, 0, blob.byteLength, maxElements);
  const version = reader.int16();
  if (version < 0) throw new MalformedMessageError(`${message.name}: version ${version}`);
  return { ...message.read(reader, Math.min(version, newest)), version };
}

/** The embedded protocol of consumer groups, version 0-3. Decoders throw {@link MalformedMessageError}. */
export const consumerProtocol = {
  encodeSubscription: ({ version = newest, ...value }: ConsumerSubscriptionInput): Buffer =>
    encode(subscription, version, value),
  /** @param maxElements - Most elements of all its arrays together; no limit by default. */
  decodeSubscription: (blob: Uint8Array, maxElements?: number): ConsumerSubscription =>
    decode(subscription, blob, maxElements),
  encodeAssignment: ({ version = newest, ...value }: ConsumerAssignmentInput): Buffer =>
    encode(assignment, version, value),
  /** Empty bytes are an empty assignment: that is what a leader sends to a member that gets nothing. */
  decodeAssignment: (blob: Uint8Array): ConsumerAssignment =>
    blob.byteLength === 0 ? { version: 0, assignedPartitions: [], userData: null } : decode(assignment, blob),
};
