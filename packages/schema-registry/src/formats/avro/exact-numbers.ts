/** What a number stands behind while it is kept as text. */
const mark = "\u0000n:";
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const marked = /"\\u0000n:(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"/g;

/**
 * The JSON of a text, in which a number that JavaScript would print otherwise (`1.0`, more digits than a double holds)
 * is kept as a text of its own: registering a schema does not change its defaults.
 *
 * @param text - JSON that can be parsed.
 */
export const jsonWithExactNumbers = (text: string): unknown =>
  JSON.parse(
    text.replace(stringOrNumber, (token) =>
      token.startsWith('"') || isExact(token) ? token : JSON.stringify(`${mark}${token}`),
    ),
  );

/** Whether JavaScript prints it as it is written, and as Java does. */
const isExact = (token: string): boolean => String(Number(token)) === token && asJava(token) === token;

/** Puts the numbers of {@link jsonWithExactNumbers} back into a text that was printed from its JSON. */
export const withExactNumbers = (text: string): string => text.replace(marked, (_, token: string) => asJava(token));

/** As Java's JSON library prints a number, and so Confluent's registry: whole ones digit for digit, others as doubles. */
function asJava(token: string): string {
  if (/^-?\d+$/.test(token)) return String(BigInt(token));
  const value = Number(token);
  if (!Number.isFinite(value)) return token;
  const sign = token.startsWith("-") ? "-" : "";
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return `${sign}${withPoint(String(size))}`;
  const [digits = "", exponent = ""] = size.toExponential().split("e");
  return `${sign}${withPoint(digits)}E${exponent.replace("+", "")}`;
}

const withPoint = (digits: string): string => (digits.includes(".") ? digits : `${digits}.0`);
