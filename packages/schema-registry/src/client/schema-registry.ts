import { nodeWorld, type World } from "@ottla/world";
import type { CompatibilityLevel } from "../compatibility/level.js";
import type { RegistryAuth } from "./registry-auth.js";
import {
  type AnsweredConfig,
  configFrom,
  type RegistryConfig,
  type RegistryMode,
  type SchemaMetadata,
  type SchemaRuleSet,
} from "./registry-config.js";
import { SchemaRegistryError } from "./registry-error.js";
import { RegistryHttp } from "./registry-http.js";
import type { RegistryTls } from "./registry-transport.js";
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
  readonly metadata?: SchemaMetadata;
  readonly ruleSet?: SchemaRuleSet;
}

/** A schema as it stands in a subject. */
export interface RegisteredSchema extends Schema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  /** The same for the same content in every registry. Older registries do not say it. */
  readonly guid?: string;
}

export interface SchemaRegistryOptions {
  /** Whether serdes register schemas that the registry does not know. Default false: CI registers, services look up. */
  readonly autoRegister?: boolean;
  /** Asks the registry to compare schemas in normal form. Default false. */
  readonly normalize?: boolean;
  readonly auth?: RegistryAuth;
  /** For `https:` URLs: whom to trust, and a certificate of one's own. */
  readonly tls?: RegistryTls;
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
  /** For how long an id or a schema that the registry does not know is not asked for again. Default 1,000; 0 asks each time. */
  readonly missingCacheMs?: number;
  readonly world?: Pick<World, "clock" | "timers" | "random">;
}

/** What lists are asked for with. */
export interface ListOptions {
  /** What was deleted softly, too. */
  readonly deleted?: boolean;
  /** The first to tell, from 0. */
  readonly offset?: number;
  /** How many at most; the registry's default when absent. */
  readonly limit?: number;
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * A schema registry with Confluent's HTTP API, cached: what an id stands for, and which id a schema has in a subject, never
 * changes, so each is asked for once, and by concurrent callers together.
 *
 * Every method rejects with a `SchemaRegistryError` whose `code` says what the registry answered.
 */
export class SchemaRegistry {
  readonly autoRegister: boolean;
  readonly #normalize: { readonly normalize?: true };
  readonly #http: RegistryHttp;
  readonly #byId: SingleFlight<number, Schema>;
  readonly #byGuid: SingleFlight<string, Schema>;
  readonly #ids: SingleFlight<string, number>;

  /** @param urls - Base URLs of one registry; the next is tried where one does not answer. */
  constructor(urls: string | readonly string[], options: SchemaRegistryOptions = {}) {
    const { world = nodeWorld, cacheSize = 1000, missingCacheMs: forMs = 1000 } = options;
    this.autoRegister = options.autoRegister ?? false;
    this.#normalize = options.normalize ? { normalize: true } : {};
    this.#http = new RegistryHttp(world, {
      urls: typeof urls === "string" ? [urls] : urls,
      auth: options.auth,
      tls: options.tls,
      timeoutMs: options.timeoutMs ?? 10_000,
      retries: options.retries ?? 3,
      retryWaitMs: options.retryWaitMs ?? 200,
      retryMaxWaitMs: 20_000,
      headers: options.headers ?? {},
    });
    const missing = { clock: world.clock, forMs, isMissing };
    this.#byId = new SingleFlight(cacheSize, missing);
    this.#byGuid = new SingleFlight(cacheSize, missing);
    this.#ids = new SingleFlight(cacheSize, missing);
  }

  /** What an id stands for. */
  schemaById(id: number, signal?: AbortSignal): Promise<Schema> {
    return untilAborted(
      this.#byId.get(id, () => this.#get(`/schemas/ids/${id}`)),
      signal,
    );
  }

  /** What a guid stands for, the same in every registry. */
  schemaByGuid(guid: string, signal?: AbortSignal): Promise<Schema> {
    return untilAborted(
      this.#byGuid.get(guid, () => this.#get(`/schemas/guids/${encodeURIComponent(guid)}`)),
      signal,
    );
  }

  /** The subjects and versions that have an id. */
  usesOf(
    id: number,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<readonly { readonly subject: string; readonly version: number }[]> {
    return this.#get(`/schemas/ids/${id}/versions`, { ...options }, signal);
  }

  /** The id of a schema in a subject, which registers it where it is new. */
  register(subject: string, schema: Schema, signal?: AbortSignal): Promise<number> {
    const post = async () => {
      const { id } = await this.#send<{ id: number }>(
        "POST",
        `${subjectPath(subject)}/versions`,
        this.#normalize,
        schema,
      );
      this.#ids.forgetMissing();
      return id;
    };
    return untilAborted(this.#ids.get(`register ${keyOf(subject, schema)}`, post), signal);
  }

  /** The id of a schema that is registered in a subject; `SUBJECT_NOT_FOUND` or `SCHEMA_NOT_FOUND` when it is not. */
  idOf(subject: string, schema: Schema, signal?: AbortSignal): Promise<number> {
    const ask = async () => (await this.lookup(subject, schema)).id;
    return untilAborted(this.#ids.get(`lookup ${keyOf(subject, schema)}`, ask), signal);
  }

  /** A schema's version and id in a subject. Not cached: a version may be deleted. */
  lookup(subject: string, schema: Schema, signal?: AbortSignal): Promise<RegisteredSchema> {
    return this.#send("POST", subjectPath(subject), this.#normalize, schema, signal);
  }

  subjects(options: ListOptions & { readonly prefix?: string } = {}, signal?: AbortSignal): Promise<readonly string[]> {
    const { prefix, ...list } = options;
    return this.#get("/subjects", { ...list, subjectPrefix: prefix }, signal);
  }

  /** Versions with their schemas, of many subjects at once. */
  schemas(
    options: ListOptions & { readonly prefix?: string; readonly latestOnly?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<readonly RegisteredSchema[]> {
    const { prefix, ...list } = options;
    return this.#get("/schemas", { ...list, subjectPrefix: prefix }, signal);
  }

  /** Version numbers of a subject, ascending. */
  versions(subject: string, signal?: AbortSignal): Promise<readonly number[]> {
    return this.#get(`${subjectPath(subject)}/versions`, {}, signal);
  }

  version(subject: string, version: number | "latest", signal?: AbortSignal): Promise<RegisteredSchema> {
    return this.#get(`${subjectPath(subject)}/versions/${version}`, {}, signal);
  }

  /** The latest version whose metadata has all these properties. */
  latestWith(
    subject: string,
    properties: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<RegisteredSchema> {
    const query = { key: Object.keys(properties), value: Object.values(properties) };
    return this.#get(`${subjectPath(subject)}/metadata`, query, signal);
  }

  /** Ids of the schemas that refer to a version. */
  referencedBy(subject: string, version: number | "latest", signal?: AbortSignal): Promise<readonly number[]> {
    return this.#get(`${subjectPath(subject)}/versions/${version}/referencedby`, {}, signal);
  }

  /** Whether a schema may follow in a subject, and the registry's reasons where not. `"all"` compares as the level asks. */
  async checkCompatibility(
    subject: string,
    schema: Schema,
    against: number | "latest" | "all" = "all",
    signal?: AbortSignal,
  ): Promise<{ readonly isCompatible: boolean; readonly messages: readonly string[] }> {
    const path = `/compatibility${subjectPath(subject)}/versions${against === "all" ? "" : `/${against}`}`;
    const query = { ...this.#normalize, verbose: true };
    const answer = await this.#send<{ is_compatible: boolean; messages?: string[] }>(
      "POST",
      path,
      query,
      schema,
      signal,
    );
    return { isCompatible: answer.is_compatible, messages: answer.messages ?? [] };
  }

  /** The level of a subject (its own, or the one it inherits), or the global one. */
  async compatibility(subject?: string, signal?: AbortSignal): Promise<CompatibilityLevel> {
    const { compatibility } = await this.config(subject, signal);
    return compatibility ?? "BACKWARD";
  }

  async setCompatibility(level: CompatibilityLevel, subject?: string, signal?: AbortSignal): Promise<void> {
    await this.setConfig({ compatibility: level }, subject, signal);
  }

  /** What is in force for a subject, or for all that have nothing of their own. */
  async config(subject?: string, signal?: AbortSignal): Promise<RegistryConfig> {
    const query = subject === undefined ? {} : { defaultToGlobal: true };
    return configFrom(await this.#get<AnsweredConfig>(`/config${scopePath(subject)}`, query, signal));
  }

  async setConfig(config: RegistryConfig, subject?: string, signal?: AbortSignal): Promise<void> {
    await this.#send("PUT", `/config${scopePath(subject)}`, {}, config, signal);
  }

  /** Takes a subject's own configuration away, or all of the global one: what is inherited holds again. */
  async deleteConfig(subject?: string, signal?: AbortSignal): Promise<void> {
    await this.#send("DELETE", `/config${scopePath(subject)}`, {}, undefined, signal);
  }

  /** The mode in force for a subject, or for all that have none of their own. */
  async mode(subject?: string, signal?: AbortSignal): Promise<RegistryMode> {
    const query = subject === undefined ? {} : { defaultToGlobal: true };
    return (await this.#get<{ mode: RegistryMode }>(`/mode${scopePath(subject)}`, query, signal)).mode;
  }

  /** @param options - `force` enters IMPORT though there are subjects. */
  async setMode(
    mode: RegistryMode,
    subject?: string,
    options: { readonly force?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#send("PUT", `/mode${scopePath(subject)}`, { ...options }, { mode }, signal);
  }

  async deleteMode(subject?: string, signal?: AbortSignal): Promise<void> {
    await this.#send("DELETE", `/mode${scopePath(subject)}`, {}, undefined, signal);
  }

  /** Deletes a subject's versions, or with `permanent` those that were deleted before. Answers their numbers. */
  deleteSubject(
    subject: string,
    options: { readonly permanent?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    return this.#send("DELETE", subjectPath(subject), { ...options }, undefined, signal);
  }

  deleteVersion(
    subject: string,
    version: number | "latest",
    options: { readonly permanent?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<number> {
    return this.#send("DELETE", `${subjectPath(subject)}/versions/${version}`, { ...options }, undefined, signal);
  }

  /** Sets of subjects with ids of their own: `.` is the default one. */
  contexts(signal?: AbortSignal): Promise<readonly string[]> {
    return this.#get("/contexts", {}, signal);
  }

  /** The formats that the registry knows. */
  schemaTypes(signal?: AbortSignal): Promise<readonly SchemaType[]> {
    return this.#get("/schemas/types", {}, signal);
  }

  #get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.#send("GET", path, query, undefined, signal);
  }

  /** The registry's word is taken for the answer's shape: what it is, its API says. */
  async #send<T>(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    query: Query,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    return (await this.#http.request(method, `${path}${queryOf(query)}`, body, signal)) as T;
  }
}

const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`;
const scopePath = (subject: string | undefined): string =>
  subject === undefined ? "" : `/${encodeURIComponent(subject)}`;

/** What is false or absent is the default, and left out. */
function queryOf(query: Query): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== false) words.append(name, String(one));
  }
  return words.size === 0 ? "" : `?${words}`;
}

const missingCodes: ReadonlySet<string> = new Set(["SUBJECT_NOT_FOUND", "VERSION_NOT_FOUND", "SCHEMA_NOT_FOUND"]);
const isMissing = (error: unknown): boolean => error instanceof SchemaRegistryError && missingCodes.has(error.code);

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

const keyOf = (subject: string, { schema, schemaType, references, metadata, ruleSet }: Schema): string =>
  JSON.stringify([subject, schemaType ?? "AVRO", schema, references ?? [], metadata, ruleSet]);
