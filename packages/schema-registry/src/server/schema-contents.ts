import { type CompatibilityLevel, checkCompatibility } from "../compatibility/level.js";
import { InvalidSchemaError } from "../formats/invalid-schema-error.js";
import { type NamedSchema, type SchemaText, schemaFormats } from "../formats/schema-format.js";
import type { CompatibilityVerdict } from "./compatibility-verdict.js";
import { RegistryRefusal } from "./registry-refusal.js";
import { contentOf, type RegistryState, type SchemaContent } from "./state/registry-state.js";
import type { StoredReference, StoredSchema } from "./state/stored-record.js";

/** A schema as a request carries it. */
export interface SubmittedSchema {
  readonly schema: string;
  readonly schemaType?: string | undefined;
  readonly references?: readonly StoredReference[] | undefined;
}

/** What schemas say, each read by its format, with the texts it refers to. */
export class SchemaContents {
  readonly #state: RegistryState;

  constructor(state: RegistryState) {
    this.#state = state;
  }

  /** The content of a submitted schema: canonical text, references by number. */
  of(submitted: SubmittedSchema): SchemaContent {
    const schemaType = submitted.schemaType ?? "AVRO";
    const format = this.#format(schemaType);
    if (submitted.schema.trim() === "") throw new RegistryRefusal(42201, "Empty schema");
    const references = (submitted.references ?? []).map((reference) => this.#resolved(reference));
    try {
      const schema = format.canonical({ schema: submitted.schema, references: this.#used(references, new Set()) });
      return { schema, schemaType, references };
    } catch (cause) {
      if (!(cause instanceof InvalidSchemaError)) throw cause;
      throw new RegistryRefusal(
        42201,
        `Invalid schema {schemaType=${schemaType},schema=${submitted.schema.slice(0, 1000)}}, details: ${cause.message}`,
        { cause },
      );
    }
  }

  /** The version among these that has this content. */
  find(content: SchemaContent, versions: readonly StoredSchema[]): StoredSchema | undefined {
    const id = this.#state.idOf(content);
    return id === undefined ? undefined : versions.findLast((stored) => stored.id === id);
  }

  /** Compares a schema with earlier versions, those that the level asks for. */
  judge(level: CompatibilityLevel, candidate: SchemaContent, earlier: readonly StoredSchema[]): CompatibilityVerdict {
    const found = checkCompatibility(level, candidate, earlier.map(contentOf), (reader, writer) => {
      if (reader.schemaType !== writer.schemaType) {
        return [{ type: "SCHEMA_TYPE_MISMATCH", path: "/", message: `${reader.schemaType} and ${writer.schemaType}` }];
      }
      return this.#format(reader.schemaType).compare(this.#textOf(reader), this.#textOf(writer), "STRICT");
    });
    const against = found[0] && earlier[found[0].against];
    return { level, found, ...(against !== undefined && { against }) };
  }

  #format(schemaType: string) {
    const format = schemaFormats.get(schemaType);
    if (format === undefined) throw new RegistryRefusal(42201, `Invalid schema type ${schemaType}`);
    return format;
  }

  /** A reference with its version as a number. */
  #resolved({ name, subject, version }: StoredReference): StoredReference {
    const found =
      version === -1
        ? this.#state.live(subject).at(-1)
        : this.#state.all(subject).find((stored) => stored.version === version);
    if (found === undefined) {
      throw new RegistryRefusal(
        42201,
        `No schema reference found for subject "${subject}" and version ${version} (name "${name}")`,
      );
    }
    return { name, subject, version: found.version };
  }

  #textOf(content: SchemaContent): SchemaText {
    return { schema: content.schema, references: this.#used(content.references, new Set()) };
  }

  /** Schemas that are referred to, those they need before them, each once. */
  #used(references: readonly StoredReference[], seen: Set<string>): NamedSchema[] {
    return references.flatMap(({ name, subject, version }) => {
      const place = `${subject}/${version}`;
      if (seen.has(place)) return [];
      seen.add(place);
      const stored = this.#state.all(subject).find((one) => one.version === version);
      if (stored === undefined) return [];
      return [...this.#used(stored.references ?? [], seen), { name, schema: stored.schema }];
    });
  }
}
