import type { Schema, SchemaRegistry } from "../client/schema-registry.js";

/** Texts of the schemas that a schema refers to, those they need before them, each once. */
export async function referredTexts(
  registry: SchemaRegistry,
  schema: Schema,
  signal: AbortSignal | undefined,
  seen: Set<string> = new Set(),
): Promise<string[]> {
  const texts: string[] = [];
  for (const { subject, version } of schema.references ?? []) {
    const place = `${subject}/${version}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const referred = await registry.version(subject, version, signal);
    texts.push(...(await referredTexts(registry, referred, signal, seen)), referred.schema);
  }
  return texts;
}
