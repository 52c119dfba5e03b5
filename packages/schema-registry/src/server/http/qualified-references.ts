import type { Context } from "hono";
import { nameWithin } from "../state/qualified-subject.js";
import type { StoredReference, StoredSchema } from "../state/stored-record.js";

/** A version's references with their contexts, where that is asked for (`referenceFormat=qualified`). */
export function qualifiedReferences(context: Context, stored: StoredSchema): readonly StoredReference[] | undefined {
  if (context.req.query("referenceFormat") !== "qualified") return undefined;
  return stored.references?.map((one) => ({ ...one, subject: nameWithin(stored.subject, one.subject) }));
}
