import type { RecordPart } from "../serde/serde.js";

/** A value, key or header that its serde, or its contract, refuses to write. Nothing was sent. */
export class SerializationError extends Error {
  override readonly name = "SerializationError";
  readonly code = "SERIALIZATION_FAILED";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly part: RecordPart;

  constructor(topic: string, part: RecordPart, reason: string, options?: ErrorOptions) {
    super(`topic ${topic}: cannot write the ${part}: ${reason}`, options);
    this.topic = topic;
    this.part = part;
  }
}

/** A record whose bytes its contract cannot read. It stays where it is; the bytes are on the record. */
export class DeserializationError extends Error {
  override readonly name = "DeserializationError";
  readonly code = "DESERIALIZATION_FAILED";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly part: RecordPart;

  constructor(
    at: { readonly topic: string; readonly partition: number; readonly offset: bigint },
    part: RecordPart,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `topic ${at.topic}, partition ${at.partition}, offset ${at.offset}: cannot read the ${part}: ${reason}`,
      options,
    );
    this.topic = at.topic;
    this.partition = at.partition;
    this.offset = at.offset;
    this.part = part;
  }
}

/** A record of a type that its contract does not name: the `cause` of a {@link DeserializationError}. */
export class UnknownTypeError extends Error {
  override readonly name = "UnknownTypeError";
  readonly code = "UNKNOWN_TYPE";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  /** What the record says its type is; undefined when it says nothing. */
  readonly type: string | undefined;

  constructor(type: string | undefined, header: string | undefined, known: string) {
    const where = header === undefined ? "the name of its schema" : `its "${header}" header`;
    super(
      type === undefined
        ? `${where} does not say which of ${known} it is`
        : `it is ${type} by ${where}, and the contract knows ${known}`,
    );
    this.type = type;
  }
}

/** The text of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
