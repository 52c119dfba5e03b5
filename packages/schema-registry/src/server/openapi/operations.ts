import { type JsonSchema, listOf, ref, types } from "./answer-schemas.js";

/** One thing that can be asked of the registry. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** With parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly query?: readonly QueryName[];
  readonly body?: JsonSchema;
  /** What is answered when it goes well; `null` for nothing (204). */
  readonly answer: JsonSchema | null;
  /** Numbers of what may be refused, beside those that every request may meet. */
  readonly errors?: readonly number[];
}

/** What may stand behind a path's question mark, and what it is for. */
export const queryParameters = {
  aliases: [types.flag, "Shows subjects under their aliases too."],
  contextPrefix: [types.text, "What names of contexts begin with."],
  defaultToGlobal: [types.flag, "Answers what holds for the subject, where it has nothing of its own."],
  deleted: [types.flag, "Shows what is soft-deleted too."],
  deletedAsNegative: [types.flag, "Shows what is soft-deleted with negative numbers."],
  deletedOnly: [types.flag, "Shows what is soft-deleted, and nothing else."],
  fetchMaxId: [types.flag, "Tells the highest id."],
  findTags: [listOf(types.text), "Tells where these tags stand in the text; * is all of them."],
  force: [types.flag, "Does it although it breaks compatibility, or there are versions."],
  format: [types.text, "Another form of the text: resolved, serialized, ignore_extensions."],
  key: [listOf(types.text), "Names of metadata properties."],
  latestOnly: [types.flag, "Shows the latest version of each subject."],
  limit: [types.whole, "How many are shown; -1 for as many as there may be."],
  normalize: [types.flag, "Brings the text into its normal form first."],
  offset: [types.whole, "How many are left out before."],
  permanent: [types.flag, "Deletes for good what is soft-deleted."],
  recursive: [types.flag, "Deletes the modes of a context's subjects too."],
  referenceFormat: [types.text, "qualified names references with their contexts."],
  ruleType: [types.text, "Shows versions with a rule of this type."],
  subject: [types.text, "The subject or context in which the id is meant."],
  subjectPrefix: [types.text, "What names of subjects begin with; :*: stands for all contexts."],
  value: [listOf(types.text), "Values of these properties, in the same order."],
  verbose: [types.flag, "Tells the reasons."],
} as const satisfies Readonly<Record<string, readonly [JsonSchema, string]>>;

export type QueryName = keyof typeof queryParameters;

const paging = ["offset", "limit"] as const;
const store = [50001, 50002, 50003, 50004] as const;
const { text, whole } = types;

const settings = (name: "config" | "mode", subject: "" | "/{subject}"): readonly Operation[] => {
  const path = `/${name}${subject}`;
  const whose = subject === "" ? "of everything" : "of a subject or context";
  const isConfig = name === "config";
  const what = isConfig ? "configuration" : "mode";
  const answer = ref(isConfig ? "Config" : "Mode");
  const request = ref(isConfig ? "ConfigRequest" : "Mode");
  const unset = subject === "" ? [] : [isConfig ? 40408 : 40409];
  const refused = isConfig ? [42203, 42205, 42208, 42210] : [42204, 42205, 42206, 42208];
  return [
    { method: "get", path, summary: `The ${what} ${whose}`, query: ["defaultToGlobal"], answer, errors: unset },
    {
      method: "put",
      path,
      summary: `Sets the ${what} ${whose}`,
      ...(!isConfig && { query: ["force"] as const }),
      body: request,
      answer: request,
      errors: [...refused, ...store],
    },
    {
      method: "delete",
      path,
      summary: `Forgets the ${what} ${whose}`,
      ...(!isConfig && { query: ["recursive"] as const }),
      answer,
      errors: [...(subject === "" ? [] : [40401]), 42205, ...store],
    },
  ];
};

const version = "/subjects/{subject}/versions/{version}";
const schemaRequest = ref("SchemaRequest");

export const operations: readonly Operation[] = [
  { method: "get", path: "/", summary: "Whether the registry answers", answer: ref("Nothing") },
  { method: "post", path: "/", summary: "Whether the registry answers", answer: ref("Nothing") },
  {
    method: "get",
    path: "/schemas",
    summary: "All versions of all subjects",
    query: ["subjectPrefix", "aliases", "deleted", "deletedOnly", "latestOnly", "ruleType", ...paging],
    answer: listOf(ref("Schema")),
  },
  { method: "get", path: "/schemas/types", summary: "The formats there are", answer: listOf(text) },
  {
    method: "get",
    path: "/schemas/ids/{id}",
    summary: "What an id stands for",
    query: ["subject", "format", "referenceFormat", "findTags", "fetchMaxId"],
    answer: ref("SchemaById"),
    errors: [40403],
  },
  {
    method: "get",
    path: "/schemas/ids/{id}/schema",
    summary: "The bare text that an id stands for",
    query: ["subject", "format"],
    answer: {},
    errors: [40403],
  },
  {
    method: "get",
    path: "/schemas/ids/{id}/subjects",
    summary: "Subjects that have a schema",
    query: ["subject", "deleted", "deletedOnly", ...paging],
    answer: listOf(text),
    errors: [40403],
  },
  {
    method: "get",
    path: "/schemas/ids/{id}/versions",
    summary: "Versions that have a schema",
    query: ["subject", "deleted", "deletedOnly", ...paging],
    answer: listOf(ref("SubjectVersion")),
    errors: [40403],
  },
  {
    method: "get",
    path: "/schemas/guids/{guid}",
    summary: "What a guid stands for",
    query: ["format"],
    answer: ref("SchemaById"),
    errors: [40403],
  },
  {
    method: "get",
    path: "/schemas/guids/{guid}/ids",
    summary: "The ids of a guid",
    answer: listOf(ref("ContextId")),
  },
  {
    method: "get",
    path: "/subjects",
    summary: "Names of subjects",
    query: ["subjectPrefix", "deleted", "deletedOnly", ...paging],
    answer: listOf(text),
  },
  {
    method: "post",
    path: "/subjects/{subject}",
    summary: "Looks a schema up in a subject",
    query: ["normalize", "format", "deleted"],
    body: schemaRequest,
    answer: ref("Schema"),
    errors: [40401, 40403, 42201],
  },
  {
    method: "delete",
    path: "/subjects/{subject}",
    summary: "Deletes a subject",
    query: ["permanent"],
    answer: listOf(whole),
    errors: [40401, 40404, 40405, 42205, 42206, ...store],
  },
  {
    method: "get",
    path: "/subjects/{subject}/metadata",
    summary: "The latest version with some metadata",
    query: ["key", "value", "format", "deleted"],
    answer: ref("Schema"),
    errors: [40401, 40403],
  },
  {
    method: "get",
    path: "/subjects/{subject}/versions",
    summary: "Numbers of a subject's versions",
    query: ["deleted", "deletedOnly", "deletedAsNegative", ...paging],
    answer: listOf(whole),
    errors: [40401],
  },
  {
    method: "post",
    path: "/subjects/{subject}/versions",
    summary: "Registers a schema",
    query: ["normalize", "format", "force"],
    body: schemaRequest,
    answer: ref("RegisteredSchema"),
    errors: [40901, 42201, 42205, 42208, 42209, 42210, ...store],
  },
  {
    method: "get",
    path: version,
    summary: "A version",
    query: ["format", "referenceFormat", "deleted", "findTags"],
    answer: ref("Schema"),
    errors: [40401, 40402, 42202],
  },
  {
    method: "get",
    path: `${version}/schema`,
    summary: "The bare text of a version",
    query: ["format", "deleted"],
    answer: {},
    errors: [40401, 40402, 42202],
  },
  {
    method: "get",
    path: `${version}/referencedby`,
    summary: "Ids of schemas that refer to a version",
    query: ["deleted", ...paging],
    answer: listOf(whole),
    errors: [40401, 40402, 42202],
  },
  {
    method: "delete",
    path: version,
    summary: "Deletes a version",
    query: ["permanent"],
    answer: whole,
    errors: [40401, 40402, 40406, 40407, 42202, 42205, 42206, ...store],
  },
  {
    method: "post",
    path: `${version}/tags`,
    summary: "Registers a version with other tags, metadata or rules",
    body: ref("TagRequest"),
    answer: ref("RegisteredSchema"),
    errors: [40401, 40402, 40901, 42201, 42202, 42205, 42210, ...store],
  },
  {
    method: "post",
    path: "/compatibility/subjects/{subject}/versions",
    summary: "Whether a schema fits the versions that the level asks for",
    query: ["normalize", "verbose"],
    body: schemaRequest,
    answer: ref("Verdict"),
    errors: [42201],
  },
  {
    method: "post",
    path: "/compatibility/subjects/{subject}/versions/{version}",
    summary: "Whether a schema fits a version",
    query: ["normalize", "verbose"],
    body: schemaRequest,
    answer: ref("Verdict"),
    errors: [40402, 42201, 42202],
  },
  ...settings("config", ""),
  ...settings("config", "/{subject}"),
  ...settings("mode", ""),
  ...settings("mode", "/{subject}"),
  {
    method: "get",
    path: "/contexts",
    summary: "The contexts there are",
    query: ["contextPrefix", ...paging],
    answer: listOf(text),
  },
  {
    method: "delete",
    path: "/contexts/{context}",
    summary: "Deletes an empty context",
    answer: null,
    errors: [42211, ...store],
  },
  { method: "get", path: "/v1/metadata/id", summary: "The clusters", answer: ref("ClusterId") },
  { method: "get", path: "/v1/metadata/version", summary: "The server's version", answer: ref("ServerVersion") },
  { method: "get", path: "/v1/metadata/deployment", summary: "How it is deployed", answer: ref("Deployment") },
  { method: "get", path: "/live", summary: "Whether the process runs", answer: ref("Health") },
  { method: "get", path: "/ready", summary: "Whether reads and writes work", answer: ref("Health"), errors: [503] },
  { method: "get", path: "/metrics", summary: "Figures for Prometheus", answer: {} },
  { method: "get", path: "/openapi.json", summary: "This document", answer: {} },
];
