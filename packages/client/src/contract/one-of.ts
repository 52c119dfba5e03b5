import type {
  AnySerde,
  InputOf,
  OutputOf,
  PrepareContext,
  Serde,
  SerdeContext,
  SerdePlace,
  SerializeContext,
  SubjectNames,
  SubjectSchema,
} from "../serde/serde.js";
import { UnknownTypeError } from "./contract-errors.js";

/** Event types by name, each with how its values are written. */
export interface EventSerdes {
  readonly [type: string]: AnySerde;
}

/**
 * What is done with a record whose type the contract does not name: `"fail"` makes it one that cannot be decoded, for `onPoison`
 * to decide; `"skip"` leaves it out, as done; `"raw"` gives it as an {@link UnknownEvent} of the type undefined.
 */
export type UnknownTypes = "fail" | "skip" | "raw";

export interface OneOfOptions<Unknown extends UnknownTypes> {
  /**
   * The header that says the type, by its name in the contract. Default: none where all serdes write the id of a schema, whose
   * record's name then says it; else `"type"`.
   */
  readonly header?: string | undefined;
  /** Default `"fail"`. */
  readonly unknown?: Unknown | undefined;
  /** The subjects of schemas in a registry. Default `"topicRecordName"`: versions of one type are compared in one topic. */
  readonly subjects?: Exclude<SubjectNames, "topicName"> | undefined;
}

/** A record of a type that the contract does not name. */
export interface UnknownEvent {
  /** What the record says; undefined when it says nothing. */
  readonly name: string | undefined;
  /** A view of the fetched batch: copy it when it outlives the record. */
  readonly bytes: Buffer;
}

/** Several event types as one serde; made by {@link oneOf}. */
export interface EventUnion<Events extends EventSerdes, Unknown extends UnknownTypes = "fail">
  extends Serde<EventIn<Events>, EventOut<Events, Unknown>> {
  readonly events: Events;
  readonly unknown: Unknown;
}

/** What a writer gives for one of several event types. */
export type EventIn<Events> = {
  [Type in keyof Events & string]: { readonly type: Type; readonly value: InputOf<Events[Type]> };
}[keyof Events & string];

/** What a reader gets for one of several event types. */
export type EventOut<Events, Unknown> =
  | { [Type in keyof Events & string]: { readonly type: Type; readonly value: OutputOf<Events[Type]> } }[keyof Events &
      string]
  | (Unknown extends "raw" ? { readonly type: undefined; readonly value: UnknownEvent } : never);

/**
 * Several types of events on one topic, in one order.
 *
 * ```ts
 * const payments = topic("payments", { key: string(), value: oneOf({ PaymentAuthorized: avro(Authorized), PaymentFailed: avro(Failed) }) });
 * await producer.send(payments, { key: "p-1", type: "PaymentFailed", value: { reason: "limit" } });
 * if (record.type === "PaymentFailed") record.value.reason;
 * ```
 *
 * @throws TypeError when the types cannot be told apart.
 */
export function oneOf<const Events extends EventSerdes, const Unknown extends UnknownTypes = "fail">(
  events: Events,
  options: OneOfOptions<Unknown> = {},
): EventUnion<Events, Unknown> {
  return new EventUnionSerde(events, options) as unknown as EventUnion<Events, Unknown>;
}

/** What a topic's record is decoded to when the contract leaves its type out. */
export const skippedEvent: Event = Object.freeze({ type: undefined, value: Symbol("skipped") });

/** A value with the name of its type. */
export interface Event {
  readonly type: string | undefined;
  readonly value: unknown;
}

const defaultHeader = "type";

class EventUnionSerde implements Serde<Event, Event> {
  readonly events: EventSerdes;
  readonly unknown: UnknownTypes;
  readonly #members: readonly (readonly [type: string, serde: AnySerde])[];
  /** Undefined where payloads say their types themselves. */
  readonly #header: string | undefined;
  readonly #subjects: SubjectNames;
  /** By what stands on the wire. */
  readonly #byName: ReadonlyMap<string, readonly [type: string, serde: AnySerde]>;
  readonly #nameBytes: ReadonlyMap<string, Buffer>;

  constructor(events: EventSerdes, { header, unknown = "fail", subjects }: OneOfOptions<UnknownTypes>) {
    this.events = Object.freeze({ ...events });
    this.unknown = unknown;
    this.#members = Object.entries(this.events);
    this.#subjects = subjects ?? "topicRecordName";
    if (this.#members.length === 0) throw new TypeError("oneOf needs a type of event");
    for (const [type, serde] of this.#members) {
      if (serde.nullable) throw new TypeError(`oneOf: ${type} cannot be nullable: null has no type`);
    }
    const isSaidByPayloads = this.#members.every(([, serde]) => serde.payloadTypes !== undefined);
    this.#header = header ?? (isSaidByPayloads ? undefined : defaultHeader);
    this.#byName = this.#header === undefined ? byPayload(this.#members) : byType(this.#members);
    this.#nameBytes = new Map(this.#members.map(([type]) => [type, Buffer.from(type)]));
  }

  schemas(place: SerdePlace): readonly SubjectSchema[] {
    return this.#members.flatMap(([, serde]) => serde.schemas?.({ subjects: this.#subjects, ...place }) ?? []);
  }

  async prepare(context: PrepareContext): Promise<void> {
    for (const [, serde] of this.#members) await serde.prepare?.({ subjects: this.#subjects, ...context });
  }

  prepareBatch(payloads: readonly Uint8Array[], context: PrepareContext): Promise<void> | undefined {
    const pending = this.#members.flatMap(([, serde]) => serde.prepareBatch?.(payloads, context) ?? []);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => {});
  }

  serialize({ type, value }: Event, context: SerializeContext): Uint8Array | null {
    const serde = type !== undefined && Object.hasOwn(this.events, type) ? this.events[type] : undefined;
    if (serde === undefined) throw new TypeError(`type ${JSON.stringify(type)} is none of ${this.#types}`);
    const name = this.#nameBytes.get(type ?? "");
    if (this.#header !== undefined && name !== undefined) context.headers.push({ key: this.#header, value: name });
    return serde.serialize(value, context);
  }

  deserialize(bytes: Uint8Array, context: SerdeContext): Event {
    const name = this.#nameIn(bytes, context);
    const member = name === undefined ? undefined : this.#byName.get(name);
    if (member !== undefined) return { type: member[0], value: member[1].deserialize(bytes, context) };
    switch (this.unknown) {
      case "fail":
        throw new UnknownTypeError(name, this.#header, this.#types);
      case "skip":
        return skippedEvent;
      case "raw": {
        const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        return { type: undefined, value: { name, bytes: content } satisfies UnknownEvent };
      }
    }
  }

  #nameIn(bytes: Uint8Array, context: SerdeContext): string | undefined {
    if (this.#header !== undefined) {
      return context.headers.findLast(({ key }) => key === this.#header)?.value?.toString();
    }
    for (const [, { payloadTypes }] of this.#members) {
      const name = payloadTypes?.nameIn(bytes, context);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  get #types(): string {
    return this.#members.map(([type]) => type).join(", ");
  }
}

type Members = readonly (readonly [type: string, serde: AnySerde])[];

const byType = (members: Members) => new Map(members.map((member) => [member[0], member]));

function byPayload(members: Members): ReadonlyMap<string, Members[number]> {
  const found = new Map<string, Members[number]>();
  for (const member of members) {
    const [type, { payloadTypes }] = member;
    if (payloadTypes?.names.length === 0) {
      throw new TypeError(
        `oneOf: the schema of ${type} has no name to tell it by: give a \`header\` that says the type`,
      );
    }
    for (const name of payloadTypes?.names ?? []) {
      const other = found.get(name);
      if (other !== undefined) {
        throw new TypeError(`oneOf: ${other[0]} and ${type} are both ${name}: give a \`header\` that says the type`);
      }
      found.set(name, member);
    }
  }
  return found;
}
