import type { Context } from "hono";
import type { VersionName } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import type { SubmittedSchema } from "../schema-contents.js";
import type { StoredReference } from "../state/stored-record.js";

type Members = Readonly<Record<string, unknown>>;

/** A request's JSON object, whatever its content type says; no body is an empty object. */
export async function bodyOf(context: Context): Promise<Members> {
  const text = await context.req.text();
  if (text === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new RegistryRefusal(422, `the request's body is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RegistryRefusal(422, "the request's body must be a JSON object");
  }
  return body as Members;
}

/** The schema in a request to register, look up or judge. */
export async function schemaOf(context: Context): Promise<SubmittedSchema> {
  const { schema, schemaType, references } = await bodyOf(context);
  if (typeof schema !== "string") throw new RegistryRefusal(42201, "Empty schema");
  if (schemaType !== undefined && schemaType !== null && typeof schemaType !== "string") {
    throw new RegistryRefusal(42201, `Invalid schema type ${JSON.stringify(schemaType)}`);
  }
  return { schema, schemaType: schemaType ?? undefined, references: referencesOf(references ?? []) };
}

function referencesOf(references: unknown): readonly StoredReference[] {
  const areReferences =
    Array.isArray(references) &&
    references.every(
      (one) => typeof one?.name === "string" && typeof one?.subject === "string" && Number.isInteger(one?.version),
    );
  if (!areReferences) throw new RegistryRefusal(422, "references must be an array of {name, subject, version}");
  return references as readonly StoredReference[];
}

/** A version in a path: 1 to 2^31 - 1, `latest`, or -1 for the same. */
export function versionOf(text: string): VersionName {
  if (text === "latest" || text === "-1") return "latest";
  const version = Number(text);
  if (/^\d+$/.test(text) && version >= 1 && version < 2 ** 31) return version;
  throw new RegistryRefusal(
    42202,
    `The specified version '${text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
}

/** The `offset` and `limit` of a list. */
export function page<T>(context: Context, all: readonly T[]): readonly T[] {
  const offset = Math.max(Number(context.req.query("offset") ?? 0) || 0, 0);
  const limit = Number(context.req.query("limit") ?? -1);
  return all.slice(offset, limit >= 0 ? offset + limit : undefined);
}

export const isSet = (context: Context, name: string): boolean => context.req.query(name) === "true";
