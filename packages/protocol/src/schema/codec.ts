import type { ByteReader } from "../bytes/reader.js";
import type { ByteWriter } from "../bytes/writer.js";

/** One type in one version: how its values are written and read. */
export interface Codec<T = unknown> {
  encode(writer: ByteWriter, value: T): void;
  decode(reader: ByteReader): T;
  /** Fewest bytes a value takes: an array's count is checked against it before a single element is read. */
  readonly minLength: number;
}

/** What a version says about how everything in a message is laid out. */
export interface Layout {
  readonly version: number;
  readonly isFlexible: boolean;
}

/** A struct's fields by name, as the codecs see them: what they hold is checked by the types of the declarations. */
export type Values = Record<string, unknown>;
