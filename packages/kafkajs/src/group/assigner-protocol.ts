import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";

/** Partitions by topic. */
export interface Assignment {
  [topic: string]: number[];
}

/** What a member says when it joins. */
export interface MemberMetadata {
  version: number;
  topics: string[];
  userData: Buffer;
}

/** What a member is given. */
export interface MemberAssignment {
  version: number;
  assignment: Assignment;
  userData: Buffer;
}

export interface ISerializer<T> {
  encode(value: T): Buffer;
  decode(buffer: Buffer): T | null;
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const array = <T>(values: readonly T[], encode: (value: T) => Buffer): Buffer =>
  Buffer.concat([int32(values.length), ...values.map(encode)]);
const data = (value: Buffer | null | undefined): Buffer => {
  const bytes = value === null || value === undefined ? Buffer.alloc(0) : value;
  return Buffer.concat([int32(bytes.length), bytes]);
};

/** Reads the parts of a member's bytes, in order. Fields of later versions stay unread behind them. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    return this.#take(2).readInt16BE();
  }

  int32(): number {
    return this.#take(4).readInt32BE();
  }

  text(): string {
    return this.#take(this.int16()).toString("utf8");
  }

  array<T>(read: () => T): T[] {
    const values: T[] = [];
    for (let left = this.int32(); left > 0; left -= 1) values.push(read());
    return values;
  }

  /** Empty for null, and where old members end before it. */
  data(): Buffer {
    if (this.#at === this.#bytes.length) return Buffer.alloc(0);
    const length = this.int32();
    return length < 0 ? Buffer.alloc(0) : this.#take(length);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) {
      throw new KafkaJSNonRetriableError(
        `a member's bytes end at ${this.#bytes.length}: ${length} were to follow ${this.#at}`,
      );
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/**
 * How members of a group tell each other what they ask for and get: version, topics (with partitions), user data.
 *
 * `decode` throws KafkaJSNonRetriableError where the bytes end too early.
 */
export const AssignerProtocol: {
  MemberMetadata: ISerializer<MemberMetadata>;
  MemberAssignment: ISerializer<MemberAssignment>;
} = {
  MemberMetadata: {
    encode: ({ version, topics, userData }) => Buffer.concat([int16(version), array(topics, text), data(userData)]),
    decode: (buffer) => {
      const reader = new Reader(buffer);
      return { version: reader.int16(), topics: reader.array(() => reader.text()), userData: reader.data() };
    },
  },
  MemberAssignment: {
    encode: ({ version, assignment, userData }) =>
      Buffer.concat([
        int16(version),
        array(Object.entries(assignment), ([topic, partitions]) =>
          Buffer.concat([text(topic), array(partitions, int32)]),
        ),
        data(userData),
      ]),
    /** Null for no bytes at all: what a member has while its group rebalances. */
    decode: (buffer) => {
      if (buffer.length === 0) return null;
      const reader = new Reader(buffer);
      const version = reader.int16();
      const topics = reader.array(() => [reader.text(), reader.array(() => reader.int32())] as const);
      return { version, assignment: Object.fromEntries(topics), userData: reader.data() };
    },
  },
};
