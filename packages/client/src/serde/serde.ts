import type { RecordHeader } from "../contract/raw-record.js";

/** Which bytes of a record a serde is asked about. */
export type RecordPart = "key" | "value" | "header";

/** What a serde may know of the record it works on. */
export interface SerdeContext {
  readonly topic: string;
  readonly part: RecordPart;
  /** The record's headers as they are on the wire, in order; names may repeat. */
  readonly headers: readonly RecordHeader[];
  /** What was given to the client as `registry`: one contract may be used with several of them in one process. */
  readonly registry?: unknown;
}

/** As {@link SerdeContext}, for a record on its way out: a serde may add headers of its own (a schema id, for example). */
export interface SerializeContext extends SerdeContext {
  readonly headers: RecordHeader[];
}

/**
 * Which subject of a registry a schema belongs to: `<topic>-value` (or `-key`), the full name of the schema's record, or
 * `<topic>-<record>`. Confluent's `TopicNameStrategy`, `RecordNameStrategy` and `TopicRecordNameStrategy`.
 */
export type SubjectNames = "topicName" | "recordName" | "topicRecordName";

/** Where a serde stands in a contract. */
export interface SerdePlace {
  readonly topic: string;
  readonly part: RecordPart;
  /** What the contract says of subjects, where it says something; a serde that was told itself does as it was told. */
  readonly subjects?: SubjectNames | undefined;
}

/** What a serde is given before its first record, and before a fetched batch. Here it may use the network. */
export interface PrepareContext extends SerdePlace {
  /** Whether records will be written (the default) or only read: a reader needs no schema of its own registered. */
  readonly direction?: "write" | "read";
  /** What was given to the client as `registry`; a serde that needs one checks that it is its own kind. */
  readonly registry?: unknown;
  /** Aborted when whoever waits has given up or is closing. */
  readonly signal?: AbortSignal;
}

/** A schema that a registry should have, and the subject it belongs to. */
export interface SubjectSchema {
  readonly subject: string;
  readonly schemaType: "AVRO" | "JSON" | "PROTOBUF";
  readonly schema: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** How the payloads of a serde say what type they are of, as those do that begin with the id of a schema. */
export interface PayloadTypes {
  /** What its own payloads say: the name they are written with first, then former ones that it still reads. */
  readonly names: readonly string[];
  /** What a payload says, or undefined where that is not a name. Called after `prepareBatch`; throws on bytes that say nothing. */
  nameIn(bytes: Uint8Array, context: SerdeContext): string | undefined;
}

/**
 * Turns values into bytes and back. Both directions are synchronous: whatever needs the network happens in
 * {@link Serde.prepare} and {@link Serde.prepareBatch}, so that a hot path has no promise for each value and a
 * database transaction never waits for a registry.
 *
 * @typeParam In - What a writer gives; fields with defaults may be optional here.
 * @typeParam Out - What a reader gets; the same fields are present here.
 */
export interface Serde<In, Out = In> {
  /** The bytes of `value`; null only from a serde that is {@link Serde.nullable}. Throws on a value it cannot write. */
  serialize(value: In, context: SerializeContext): Uint8Array | null;
  /** The value in `bytes`, which are a view of a larger buffer: copy what outlives the record. Throws on bytes it cannot read. */
  deserialize(bytes: Uint8Array, context: SerdeContext): Out;
  /** Null is a value of this serde: it is written as a null on the wire, and a null read is given as null without asking. */
  readonly nullable?: true;
  /** There where payloads say what type they are of: `oneOf` tells them apart by it. */
  readonly payloadTypes?: PayloadTypes;
  /** The schemas that its values are written with: `kafka.contracts` asks the registry for them. None when absent. */
  schemas?(place: SerdePlace): readonly SubjectSchema[];
  /** Awaited when a producer, a consumer or an outbox first meets a topic with this serde; called again it costs nothing. */
  prepare?(context: PrepareContext): Promise<void>;
  /**
   * Called once for each fetched batch with its payloads (nulls left out), so that unknown writer schemas are fetched together.
   * `undefined` says that nothing is missing and costs the consumer no turn of the event loop.
   */
  prepareBatch?(payloads: readonly Uint8Array[], context: PrepareContext): Promise<void> | undefined;
}

/** Any serde: what a generic asks for before it infers the types. */
export type AnySerde = Serde<unknown, unknown>;
/** What a writer gives to the serde `S`. */
export type InputOf<S> = S extends { serialize(value: infer In, context: SerializeContext): unknown } ? In : never;
/** What a reader gets from the serde `S`. */
export type OutputOf<S> = S extends { deserialize(bytes: Uint8Array, context: SerdeContext): infer Out } ? Out : never;
