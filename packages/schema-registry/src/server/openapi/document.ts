import { type JsonSchema, ref, schemas } from "./answer-schemas.js";
import { type Operation, operations, queryParameters } from "./operations.js";

const contentTypes = [
  "application/vnd.schemaregistry.v1+json",
  "application/vnd.schemaregistry+json",
  "application/json",
] as const;

const contentOf = (schema: JsonSchema) => Object.fromEntries(contentTypes.map((type) => [type, { schema }]));

const statusOf = (code: number): number => (code > 999 ? Math.floor(code / 100) : code);

/** What any request may be refused with. */
const common: readonly number[] = [400, 401, 404, 406, 413, 415, 422, 429, 500];

function answersOf({ answer, errors = [] }: Operation) {
  const good =
    answer === null ? { 204: { description: "Done" } } : { 200: { description: "Done", content: contentOf(answer) } };
  const statuses = [...new Set([...common, ...errors.map(statusOf)])].sort((a, b) => a - b);
  const refused = statuses.map((status) => {
    const codes = errors.filter((code) => statusOf(code) === status && code > 999);
    const description = codes.length > 0 ? `Refused: ${codes.join(", ")}` : "Refused";
    return [status, { description, content: contentOf(ref("Error")) }] as const;
  });
  return { ...good, ...Object.fromEntries(refused) };
}

const parametersOf = ({ path, query = [] }: Operation) => [
  ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: name === "id" ? "integer" : "string" },
  })),
  ...query.map((name) => {
    const [schema, description] = queryParameters[name];
    return { name, in: "query", description, schema };
  }),
];

const described = (operation: Operation) => ({
  summary: operation.summary,
  parameters: parametersOf(operation),
  ...(operation.body !== undefined && { requestBody: { required: true, content: contentOf(operation.body) } }),
  responses: answersOf(operation),
});

function pathsOf() {
  const paths: Record<string, Record<string, ReturnType<typeof described>>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  return paths;
}

/** The registry's API as an OpenAPI document. Everything may also be asked under `/contexts/{context}`. */
export const openApiDocument = (version: string) => ({
  openapi: "3.1.0",
  info: {
    title: "Schema registry",
    description: "Confluent's schema registry API. Each path may also stand behind /contexts/{context}.",
    version: version === "" ? "0" : version,
  },
  paths: pathsOf(),
  components: {
    schemas,
    securitySchemes: { basic: { type: "http", scheme: "basic" }, bearer: { type: "http", scheme: "bearer" } },
  },
});
