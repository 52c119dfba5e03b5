/** The full name of a type that is called `name` in a namespace. */
export const fullNameOf = (name: string, space: string): string =>
  name.includes(".") || space === "" ? name : `${space}.${name}`;

/** The namespace in which what stands inside a schema is called. */
export function spaceOf(attributes: Readonly<Record<string, unknown>>, outer: string): string {
  const { name, namespace } = attributes;
  if (typeof name !== "string") return outer;
  if (name.includes(".")) return name.slice(0, name.lastIndexOf("."));
  return typeof namespace === "string" ? namespace : outer;
}

/** A full name as it may be written in a namespace. */
export const nameSeenFrom = (space: string, full: string): string =>
  space !== "" && full === `${space}.${full.slice(full.lastIndexOf(".") + 1)}` ? full.slice(space.length + 1) : full;
