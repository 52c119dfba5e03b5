/** A JSON number, exactly: `digits` × 10^`exponent`. Doubles would make one of 2^53 and 2^53 + 1. */
export class Decimal {
  readonly kind = "decimal";
  /** As in the text, without what says nothing: 0.50 has the digits 50 and the exponent -2. */
  readonly #unscaled: bigint;
  readonly #scale: number;
  /** The same without zeros at the end, so that equal numbers have equal parts. */
  readonly digits: bigint;
  readonly exponent: number;

  /** @param text - A number by JSON's grammar; its exponent must be a safe integer. */
  constructor(text: string) {
    const [mantissa = "", power = "0"] = text.toLowerCase().split("e");
    const [whole = "", fraction = ""] = mantissa.split(".");
    this.#unscaled = BigInt(whole + fraction);
    this.#scale = fraction.length - Number(power);
    const zeros = this.#unscaled === 0n ? "" : (/0*$/.exec(String(this.#unscaled))?.[0] ?? "");
    this.digits = this.#unscaled / 10n ** BigInt(zeros.length);
    this.exponent = this.#unscaled === 0n ? 0 : zeros.length - this.#scale;
  }

  /** One text for all ways to write the same number. */
  get key(): string {
    return `${this.digits}e${this.exponent}`;
  }

  get isInteger(): boolean {
    return this.exponent >= 0;
  }

  /** As Java's `BigDecimal` writes it, which is what registries of Confluent's store: `0.50`, `1E+3`. */
  toString(): string {
    const sign = this.#unscaled < 0n ? "-" : "";
    const digits = String(this.#unscaled).replace("-", "");
    const power = digits.length - 1 - this.#scale;
    if (this.#scale === 0) return sign + digits;
    if (this.#scale > 0 && power >= -6) {
      const padded = digits.padStart(this.#scale + 1, "0");
      return `${sign}${padded.slice(0, -this.#scale)}.${padded.slice(-this.#scale)}`;
    }
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits.slice(0, 1)}${fraction}E${power > 0 ? "+" : ""}${power}`;
  }
}

const signOf = (value: bigint): number => (value > 0n ? 1 : value < 0n ? -1 : 0);
const magnitudeOf = ({ digits, exponent }: Decimal): number => String(digits < 0n ? -digits : digits).length + exponent;

/** Below, at or above zero as `a` is less than, equal to or more than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const sign = signOf(a.digits);
  if (sign !== signOf(b.digits)) return sign - signOf(b.digits);
  // Where the sizes differ there is nothing to scale, however far apart the exponents are.
  const larger = magnitudeOf(a) - magnitudeOf(b);
  if (sign === 0 || larger !== 0) return sign * larger;
  const common = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent }: Decimal) => digits * 10n ** BigInt(exponent - common);
  return signOf(scaled(a) - scaled(b));
}

/** Whether `a` is a multiple of `b`, which is not zero. */
export function isMultipleOf(a: Decimal, b: Decimal): boolean {
  if (a.digits === 0n) return true;
  // The digits of `a` do not end in a zero, so nothing that does can divide them.
  if (a.exponent < b.exponent) return false;
  const divisor = b.digits < 0n ? -b.digits : b.digits;
  return (a.digits * powerOfTen(a.exponent - b.exponent, divisor)) % divisor === 0n;
}

/** 10^`exponent` modulo `divisor`, by squaring: 1e1000000000 is a number in JSON. */
function powerOfTen(exponent: number, divisor: bigint): bigint {
  let power = 1n % divisor;
  let square = 10n % divisor;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = (power * square) % divisor;
    square = (square * square) % divisor;
  }
  return power;
}
