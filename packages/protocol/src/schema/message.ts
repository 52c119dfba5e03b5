import { ByteReader } from "../bytes/reader.js";
import { ByteWriter } from "../bytes/writer.js";
import { MalformedMessageError } from "../errors/malformed-message.js";
import type { Codec } from "./codec.js";
import type { Decoded, Encodable, Fields } from "./field.js";
import { inField } from "./in-field.js";
import { structCodec } from "./struct-codec.js";
import { includes, parseVersionRange, type VersionRange, type VersionRangeText } from "./version-range.js";

/**
 * A message in all its versions: declared once, its codec for a version built when that version is first used.
 *
 * @typeParam F - Its fields, from which the types of what is written and read are inferred.
 */
export class Message<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
  readonly versions: VersionRange;
  readonly #flexible: VersionRange;
  readonly #codecs: (Codec | undefined)[] = [];

  constructor(
    name: string,
    options: { readonly versions: VersionRangeText; readonly flexible: VersionRangeText },
    fields: F,
  ) {
    this.name = name;
    this.fields = fields;
    this.versions = parseVersionRange(options.versions);
    this.#flexible = parseVersionRange(options.flexible);
  }

  isFlexible(version: number): boolean {
    return includes(this.#flexible, version);
  }

  /** Appends `value` in its wire form. @throws TypeError or RangeError when `version` cannot carry it. */
  write(writer: ByteWriter, version: number, value: Encodable<F>): void {
    const codec = this.#codec(version);
    try {
      codec.encode(writer, value);
    } catch (error) {
      throw inField(error, `${this.name} v${version}`, ": ");
    }
  }

  /** Reads one value, leaving the reader behind it. @throws {@link MalformedMessageError} */
  read(reader: ByteReader, version: number): Decoded<F> {
    const codec = this.#codec(version);
    try {
      return codec.decode(reader) as Decoded<F>;
    } catch (error) {
      throw inField(error, `${this.name} v${version}`, ": ");
    }
  }

  /** The wire form of `value` as one buffer. */
  encode(version: number, value: Encodable<F>): Buffer {
    const writer = new ByteWriter();
    this.write(writer, version, value);
    return Buffer.concat(writer.finish());
  }

  /** Reads a value that takes up all of `content`. @throws {@link MalformedMessageError} also when bytes are left over. */
  decode(version: number, content: Uint8Array): Decoded<F> {
    const reader = new ByteReader(content);
    const value = this.read(reader, version);
    if (reader.remaining > 0) {
      throw new MalformedMessageError(`${this.name} v${version}: ${reader.remaining} bytes after its end`);
    }
    return value;
  }

  #codec(version: number): Codec {
    const known = this.#codecs[version];
    if (known !== undefined) return known;
    if (!includes(this.versions, version)) {
      throw new RangeError(`${this.name} has versions ${this.versions.min}-${this.versions.max}, not ${version}`);
    }
    const codec = structCodec(this.fields, { version, isFlexible: this.isFlexible(version) }) as Codec;
    this.#codecs[version] = codec;
    return codec;
  }
}
