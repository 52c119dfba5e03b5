import avsc from "avsc";
import type { LongForm } from "./infer.js";

type Underlying = number | bigint;

/**
 * A logical type, and how it reads what a writer declared otherwise: a writer with the same logical type gives the finished
 * value, one without it the value underneath.
 */
abstract class Annotation extends avsc.types.LogicalType {
  protected abstract readonly underlying: readonly string[];

  override _resolve(writer: avsc.Type): ((value: unknown) => unknown) | undefined {
    if (writer.typeName === this.typeName) return (value) => value;
    if (this.underlying.includes(writer.typeName.replace("abstract:", ""))) return (value) => this._fromValue(value);
    return undefined;
  }
}

const millisInADay = 24 * 3_600_000;

const isValidDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime());

/** Days since the epoch as a Date at midnight UTC. */
class DateType extends Annotation {
  protected override readonly underlying = ["int"];

  override _fromValue(days: number): Date {
    return new Date(days * millisInADay);
  }

  override _toValue(date: unknown): number | undefined {
    if (!isValidDate(date) || date.getTime() % millisInADay !== 0) return undefined;
    return date.getTime() / millisInADay;
  }
}

/** Milliseconds since the epoch as a Date. */
const timestampMillis = (long: LongForm) =>
  class TimestampMillisType extends Annotation {
    protected override readonly underlying = ["int", "long"];

    override _fromValue(millis: Underlying): Date {
      return new Date(Number(millis));
    }

    override _toValue(date: unknown): Underlying | undefined {
      if (!isValidDate(date)) return undefined;
      return long === "bigint" ? BigInt(date.getTime()) : date.getTime();
    }
  };

interface DecimalSchema {
  readonly precision: number;
  readonly scale?: number;
}

/** An exact decimal as text (`"12.50"`): a big-endian two's complement integer, and the schema's scale. */
class DecimalType extends Annotation {
  protected override readonly underlying = ["bytes", "fixed"];
  readonly #precision: number;
  readonly #scale: number;
  readonly #size: number | undefined;

  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options as avsc.ForSchemaOptions);
    const { precision, scale = 0 } = schema as unknown as DecimalSchema;
    if (!Number.isInteger(precision) || precision < 1 || !Number.isInteger(scale) || scale < 0 || scale > precision) {
      throw new TypeError(`decimal with precision ${precision} and scale ${scale}`);
    }
    this.#precision = precision;
    this.#scale = scale;
    this.#size = (schema as unknown as { readonly size?: number }).size;
  }

  override _fromValue(content: Buffer): string {
    if (content.length === 0) return this.#text(0n);
    return this.#text(BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString("hex")}`)));
  }

  override _toValue(text: unknown): Buffer | undefined {
    const match = typeof text === "string" ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
    if (match === null) return undefined;
    const [, sign, whole = "", fraction = ""] = match;
    const digits = whole + fraction.padEnd(this.#scale, "0");
    if (fraction.length > this.#scale || digits.replace(/^0+/, "").length > this.#precision) return undefined;
    return this.#bytes(sign === "-" ? -BigInt(digits) : BigInt(digits));
  }

  #text(unscaled: bigint): string {
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(this.#scale + 1, "0");
    const whole = digits.slice(0, digits.length - this.#scale);
    const text = this.#scale === 0 ? whole : `${whole}.${digits.slice(-this.#scale)}`;
    return unscaled < 0n ? `-${text}` : text;
  }

  #bytes(unscaled: bigint): Buffer | undefined {
    let size = this.#size ?? 1;
    while (BigInt.asIntN(size * 8, unscaled) !== unscaled) {
      if (this.#size !== undefined) return undefined;
      size += 1;
    }
    return Buffer.from(
      BigInt.asUintN(size * 8, unscaled)
        .toString(16)
        .padStart(size * 2, "0"),
      "hex",
    );
  }
}

/** The logical types that do not stand as the type they annotate; every other one is that type, as Avro asks. */
export const logicalTypes = (long: LongForm): Record<string, typeof avsc.types.LogicalType> => ({
  date: DateType,
  "timestamp-millis": timestampMillis(long),
  decimal: DecimalType as typeof avsc.types.LogicalType,
});
