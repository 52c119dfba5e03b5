/** True where the long forms of the chaos and crash tests are asked for (`OTTLA_LONG=1`). */
export const isLongForm = process.env.OTTLA_LONG === "1";

/** How often to do something: `short` in `npm test`, `long` with `OTTLA_LONG=1`. */
export function rounds(short: number, long: number): number {
  return isLongForm ? long : short;
}
