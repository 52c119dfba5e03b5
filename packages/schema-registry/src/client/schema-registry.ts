import { nodeWorld, type World } from "@ottla/world";
import type { CompatibilityLevel } from "../compatibility/level.js";
import { type RegistryAuth, RegistryHttp } from "./registry-http.js";
import { SingleFlight } from "./single-flight.js";

export type SchemaType = "AVRO" | "JSON" | "PROTOBUF";

/** A type that a schema uses and another subject defines. */
export interface SchemaReference {
  /** The name it is used by: an Avro full name, a `$ref`, an import path. */
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema's text with what it needs to be understood. */
export interface Schema {
  readonly schema: string;
  /** `AVRO` when absent. */
  readonly schemaType?: SchemaType;
  readonly references?: readonly SchemaReference[];
}

/** A schema as it stands in a subject. */
export interface RegisteredSchema extends Schema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
}

export interface SchemaRegistryOptions {
  /** Whether serdes register schemas that the registry does not know. Default false: CI registers, services look up. */
  readonly autoRegister?: boolean;
  /** Asks the registry to compare schemas in normal form. Default false. */
  readonly normalize?: boolean;
  readonly auth?: RegistryAuth;
  /** For one try. Default 10,000. */
  readonly timeoutMs?: number;
  /** Tries after the first, over all URLs. Default 3. */
  readonly retries?: number;
  /** The wait before the first retry, doubling up to 20 s. Default 200. */
  readonly retryWaitMs?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Schemas kept, by id and by subject. Default 1,000 each: a process meets few. */
  readonly cacheSize?: number;
  readonly world?: Pick<World, "timers" | "random">;
}

/**
 * A schema registry with Confluent's HTTP API, cached: what an id stands for, and which id a schema has in a subject, never
 * changes, so each is asked for once, and by concurrent callers together.
 *
 * Every method rejects with a `SchemaRegistryError` whose `code` says what the registry answered.
 */
export class SchemaRegistry {
  readonly autoRegister: boolean;
  readonly #normalize: string;
  readonly #http: RegistryHttp;
  readonly #byId: SingleFlight<number, Schema>;
  readonly #ids: SingleFlight<string, number>;

  /** @param urls - Base URLs of one registry; the next is tried where one does not answer. */
  constructor(urls: string | readonly string[], options: SchemaRegistryOptions = {}) {
    this.autoRegister = options.autoRegister ?? false;
    this.#normalize = options.normalize ? "?normalize=true" : "";
    this.#http = new RegistryHttp(options.world ?? nodeWorld, {
      urls: typeof urls === "string" ? [urls] : urls,
      auth: options.auth,
      timeoutMs: options.timeoutMs ?? 10_000,
      retries: options.retries ?? 3,
      retryWaitMs: options.retryWaitMs ?? 200,
      retryMaxWaitMs: 20_000,
      headers: options.headers ?? {},
    });
    this.#byId = new SingleFlight(options.cacheSize ?? 1000);
    this.#ids = new SingleFlight(options.cacheSize ?? 1000);
  }

  /** What an id stands for. */
  schemaById(id: number, signal?: AbortSignal): Promise<Schema> {
    const fetch = async () => (await this.#http.request("GET", `/schemas/ids/${id}`)) as Schema;
    return untilAborted(this.#byId.get(id, fetch), signal);
  }

  /** The id of a schema in a subject, which registers it where it is new. */
  register(subject: string, schema: Schema, signal?: AbortSignal): Promise<number> {
    const post = async () => {
      const path = `/subjects/${encodeURIComponent(subject)}/versions${this.#normalize}`;
      return ((await this.#http.request("POST", path, schema)) as { id: number }).id;
    };
    return untilAborted(this.#ids.get(`register ${keyOf(subject, schema)}`, post), signal);
  }

  /** The id of a schema that is registered in a subject; `SUBJECT_NOT_FOUND` or `SCHEMA_NOT_FOUND` when it is not. */
  idOf(subject: string, schema: Schema, signal?: AbortSignal): Promise<number> {
    const ask = async () => (await this.lookup(subject, schema)).id;
    return untilAborted(this.#ids.get(`lookup ${keyOf(subject, schema)}`, ask), signal);
  }

  /** A schema's version and id in a subject. Not cached: a version may be deleted. */
  async lookup(subject: string, schema: Schema, signal?: AbortSignal): Promise<RegisteredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}${this.#normalize}`;
    return (await this.#http.request("POST", path, schema, signal)) as RegisteredSchema;
  }

  async subjects(options: { readonly deleted?: boolean } = {}, signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.#http.request(
      "GET",
      `/subjects${options.deleted ? "?deleted=true" : ""}`,
      undefined,
      signal,
    )) as string[];
  }

  /** Version numbers of a subject, ascending. */
  async versions(subject: string, signal?: AbortSignal): Promise<readonly number[]> {
    return (await this.#http.request(
      "GET",
      `/subjects/${encodeURIComponent(subject)}/versions`,
      undefined,
      signal,
    )) as number[];
  }

  async version(subject: string, version: number | "latest", signal?: AbortSignal): Promise<RegisteredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
    return (await this.#http.request("GET", path, undefined, signal)) as RegisteredSchema;
  }

  /** Whether a schema may follow in a subject, and the registry's reasons where not. `"all"` compares as the level asks. */
  async checkCompatibility(
    subject: string,
    schema: Schema,
    against: number | "latest" | "all" = "all",
    signal?: AbortSignal,
  ): Promise<{ readonly isCompatible: boolean; readonly messages: readonly string[] }> {
    const version = against === "all" ? "" : `/${against}`;
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions${version}?verbose=true`;
    const answer = (await this.#http.request("POST", path, schema, signal)) as {
      is_compatible: boolean;
      messages?: string[];
    };
    return { isCompatible: answer.is_compatible, messages: answer.messages ?? [] };
  }

  /** The level of a subject (its own, or the one it inherits), or the global one. */
  async compatibility(subject?: string, signal?: AbortSignal): Promise<CompatibilityLevel> {
    const path = subject === undefined ? "/config" : `/config/${encodeURIComponent(subject)}?defaultToGlobal=true`;
    return ((await this.#http.request("GET", path, undefined, signal)) as { compatibilityLevel: CompatibilityLevel })
      .compatibilityLevel;
  }

  async setCompatibility(level: CompatibilityLevel, subject?: string, signal?: AbortSignal): Promise<void> {
    const path = subject === undefined ? "/config" : `/config/${encodeURIComponent(subject)}`;
    await this.#http.request("PUT", path, { compatibility: level }, signal);
  }

  /** Deletes a subject's versions, or with `permanent` those that were deleted before. Answers their numbers. */
  async deleteSubject(
    subject: string,
    options: { readonly permanent?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    const path = `/subjects/${encodeURIComponent(subject)}${options.permanent ? "?permanent=true" : ""}`;
    return (await this.#http.request("DELETE", path, undefined, signal)) as number[];
  }

  async deleteVersion(
    subject: string,
    version: number | "latest",
    options: { readonly permanent?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}${options.permanent ? "?permanent=true" : ""}`;
    return (await this.#http.request("DELETE", path, undefined, signal)) as number;
  }
}

// Callers that share a request do not share a signal: one that gives up leaves the others waiting.
function untilAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

const keyOf = (subject: string, { schema, schemaType, references }: Schema): string =>
  JSON.stringify([subject, schemaType ?? "AVRO", schema, references ?? []]);
