import { posix } from "node:path";
import {
  type CompatibilityLevel,
  type CompatibilityPolicy,
  compatibilityLevels,
  compatibilityPolicies,
} from "@ottla/schema-registry/compatibility";
import { SchemaCheckError } from "../check-error.js";
import type { DeclaredSubject, Manifest, Waiver } from "./manifest.js";

type Members = Readonly<Record<string, unknown>>;

interface Defaults {
  readonly level: CompatibilityLevel;
  readonly policy: CompatibilityPolicy;
  readonly owner: string | undefined;
}

const formats: Readonly<Record<string, string>> = { ".avsc": "AVRO", ".proto": "PROTOBUF", ".json": "JSON" };

/**
 * Reads `ottla.schemas.json`. What it does not know is refused: a misspelt `compatibilty` would be a level that nobody checks.
 *
 * @param where - The file's name, for errors.
 * @throws {@link SchemaCheckError} `INVALID_MANIFEST` with a JSON pointer.
 */
export function parseManifest(text: string, where: string): Manifest {
  return new ManifestReader(where).read(text);
}

class ManifestReader {
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  read(text: string): Manifest {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new SchemaCheckError("INVALID_MANIFEST", `${this.#where}: not JSON: ${(cause as Error).message}`, {
        cause,
      });
    }
    const manifest = this.#object(json, "", ["$schema", "defaults", "subjects", "waivers"]);
    const defaults = this.#defaults(manifest.defaults ?? {});
    const subjects = new Map<string, DeclaredSubject>();
    const declared = this.#object(manifest.subjects ?? {}, "/subjects");
    for (const [subject, entry] of Object.entries(declared)) {
      subjects.set(subject, this.#subject(subject, entry, defaults));
    }
    this.#checkReferences(subjects);
    const waivers = this.#array(manifest.waivers ?? [], "/waivers");
    return { subjects, waivers: waivers.map((waiver, index) => this.#waiver(waiver, `/waivers/${index}`)) };
  }

  #defaults(given: unknown): Defaults {
    const members = this.#object(given, "/defaults", ["compatibility", "policy", "owner"]);
    return {
      level: this.#level(members.compatibility, "/defaults/compatibility") ?? "BACKWARD",
      policy: this.#policy(members.policy, "/defaults/policy") ?? "STRICT",
      owner: this.#text(members.owner, "/defaults/owner"),
    };
  }

  #subject(subject: string, given: unknown, defaults: Defaults): DeclaredSubject {
    const at = `/subjects/${pointer(subject)}`;
    const known = ["file", "contract", "schemaType", "compatibility", "policy", "owner", "references", "readers"];
    const members = this.#object(given, at, known);
    const file = this.#path(members.file, `${at}/file`);
    if (file === undefined) {
      const hint =
        members.contract === undefined
          ? undefined
          : `name the file that \`ottla contracts export\` writes, such as "schemas/${subject}.avsc"`;
      throw this.#invalid(`${at}/file`, "is missing: a schema's history is that of its file", hint);
    }
    const format = this.#text(members.schemaType, `${at}/schemaType`) ?? formats[posix.extname(file)];
    if (format === undefined || !Object.values(formats).includes(format)) {
      const known = Object.values(formats).join(", ");
      throw this.#invalid(`${at}/schemaType`, `is none of ${known}, and "${file}" does not say it by its ending`);
    }
    const references = this.#object(members.references ?? {}, `${at}/references`);
    const readers = this.#array(members.readers ?? [], `${at}/readers`);
    return {
      subject,
      file,
      contract: this.#text(members.contract, `${at}/contract`),
      format,
      level: this.#level(members.compatibility, `${at}/compatibility`) ?? defaults.level,
      policy: this.#policy(members.policy, `${at}/policy`) ?? defaults.policy,
      owner: this.#text(members.owner, `${at}/owner`) ?? defaults.owner,
      references: Object.fromEntries(
        Object.entries(references).map(([name, used]) => [
          name,
          this.#text(used, `${at}/references/${pointer(name)}`) ?? "",
        ]),
      ),
      readers: readers.map((reader, index) => this.#path(reader, `${at}/readers/${index}`) ?? ""),
    };
  }

  /** Every reference names a subject of the manifest, and none leads back to where it came from. */
  #checkReferences(subjects: ReadonlyMap<string, DeclaredSubject>): void {
    const done = new Set<string>();
    const visit = (subject: string, way: readonly string[]): void => {
      if (way.includes(subject)) {
        const circle = [...way.slice(way.indexOf(subject)), subject].join(" → ");
        throw this.#invalid(`/subjects/${pointer(subject)}/references`, `lead back to themselves: ${circle}`);
      }
      if (done.has(subject)) return;
      for (const [name, used] of Object.entries(subjects.get(subject)?.references ?? {})) {
        if (!subjects.has(used)) {
          const at = `/subjects/${pointer(subject)}/references/${pointer(name)}`;
          throw this.#invalid(at, `subject "${used}" is not declared`);
        }
        visit(used, [...way, subject]);
      }
      done.add(subject);
    };
    for (const subject of subjects.keys()) visit(subject, []);
  }

  #waiver(given: unknown, at: string): Waiver {
    const members = this.#object(given, at, ["subject", "difference", "path", "reason", "approver", "expires"]);
    const needed = (name: string): string => {
      const text = this.#text(members[name], `${at}/${name}`);
      if (text === undefined || text.trim() === "") throw this.#invalid(`${at}/${name}`, "is missing");
      return text;
    };
    const expires = needed("expires");
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires))) {
      throw this.#invalid(`${at}/expires`, `"${expires}" is not a day such as 2026-12-31`);
    }
    return {
      subject: needed("subject"),
      difference: needed("difference"),
      path: this.#text(members.path, `${at}/path`),
      reason: needed("reason"),
      approver: needed("approver"),
      expires,
    };
  }

  #level(given: unknown, at: string): CompatibilityLevel | undefined {
    return this.#oneOf(compatibilityLevels, given, at);
  }

  #policy(given: unknown, at: string): CompatibilityPolicy | undefined {
    return this.#oneOf(compatibilityPolicies, given, at);
  }

  #oneOf<T extends string>(known: readonly T[], given: unknown, at: string): T | undefined {
    const text = this.#text(given, at);
    if (text === undefined) return undefined;
    const found = known.find((one) => one === text);
    if (found === undefined) throw this.#invalid(at, `"${text}" is none of ${known.join(", ")}`);
    return found;
  }

  /** A path relative to the manifest, with `/`, that does not lead out of its folder by way of the root. */
  #path(given: unknown, at: string): string | undefined {
    const text = this.#text(given, at);
    if (text === undefined) return undefined;
    if (text === "" || posix.isAbsolute(text) || text.includes("\\")) {
      throw this.#invalid(at, `"${text}" is not a path relative to the manifest, with /`);
    }
    return posix.normalize(text);
  }

  #text(given: unknown, at: string): string | undefined {
    if (given === undefined) return undefined;
    if (typeof given !== "string") throw this.#invalid(at, "must be a string");
    return given;
  }

  #array(given: unknown, at: string): readonly unknown[] {
    if (!Array.isArray(given)) throw this.#invalid(at, "must be an array");
    return given;
  }

  #object(given: unknown, at: string, known?: readonly string[]): Members {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw this.#invalid(at, "must be an object");
    }
    const unknown = known && Object.keys(given).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw this.#invalid(`${at}/${pointer(unknown)}`, "is not known", `known here: ${known?.join(", ")}`);
    }
    return given as Members;
  }

  #invalid(at: string, text: string, hint?: string): SchemaCheckError {
    const message = `${this.#where}: ${at === "" ? "/" : at} ${text}`;
    return new SchemaCheckError("INVALID_MANIFEST", message, hint === undefined ? {} : { hint });
  }
}

const pointer = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
