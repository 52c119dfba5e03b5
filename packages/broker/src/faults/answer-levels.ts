import { type Api, type Field, type Fields, isInVersion } from "@ottla/protocol";

/** What the elements of an array are about. */
export type Subject = "topic" | "partition" | "group" | "resource" | "other";

/** One step from a request to the places of its errors: an array that the request names things in, and the answers to them. */
export interface AnswerLevel {
  readonly subject: Subject;
  readonly requestArray: string;
  readonly responseArray: string;
  /** Fields of the response's elements, as the version has them. */
  readonly fields: Fields;
  /** What tells which element answers which: the field in the response, and where the request has it (`undefined`: the element). */
  readonly identity: readonly { readonly to: string; readonly from: string | undefined }[];
  /** The field of an element that holds its error; `undefined` where errors are only further in. */
  readonly errorField: ErrorField | undefined;
}

/** AddPartitionsToTxn has a name of its own. */
type ErrorField = "errorCode" | "partitionErrorCode";
const errorFields: readonly ErrorField[] = ["errorCode", "partitionErrorCode"];

/** Where the errors of an API's response are in one version. */
export interface AnswerLevels {
  /** Fields of the response outside all arrays. */
  readonly fields: Fields;
  readonly hasErrorCode: boolean;
  /** Field of the request that names its one group. */
  readonly groupField: string | undefined;
  /** From the outside in. */
  readonly levels: readonly AnswerLevel[];
}

const identities: ReadonlySet<string> = new Set([
  "name",
  "topic",
  "topicId",
  "index",
  "partition",
  "partitionIndex",
  "partitionId",
  "topicName",
  "groupId",
  "key",
  "memberId",
  "groupInstanceId",
  "resourceType",
  "resourceName",
]);

const known = new Map<Api, AnswerLevels[]>();

/** Where errors go in the answer to an API's request, read off its declaration. */
export function answerLevels(api: Api, version: number): AnswerLevels {
  const versions = known.get(api) ?? [];
  known.set(api, versions);
  versions[version] ??= derive(api, version);
  return versions[version];
}

function derive({ request, response }: Api, version: number): AnswerLevels {
  const levels: AnswerLevel[] = [];
  const fields = fieldsIn(response.fields, version);
  const requestFields = fieldsIn(request.fields, version);
  let asked = requestFields;
  let answered = fields;
  for (;;) {
    const level = nextLevel(asked, answered, version);
    if (level === undefined) break;
    levels.push(level);
    asked = elementFields(asked[level.requestArray], version) ?? {};
    answered = level.fields;
  }
  const groupField = ["groupId", "key"].find((name) => name in requestFields);
  return { fields, hasErrorCode: "errorCode" in fields, groupField, levels };
}

function nextLevel(asked: Fields, answered: Fields, version: number): AnswerLevel | undefined {
  const isArray = ([, { type }]: [string, Field]) => type.kind === "array";
  // No version of any API has two arrays side by side that errors could be in, and what a request is about comes first in it.
  const [responseArray] =
    Object.entries(answered).find((entry) => isArray(entry) && holdsErrors(entry[1], version)) ?? [];
  const [requestArray] = Object.entries(asked).find(isArray) ?? [];
  if (responseArray === undefined || requestArray === undefined) return undefined;
  const fields = elementFields(answered[responseArray], version) ?? {};
  return {
    requestArray,
    responseArray,
    fields,
    identity: identityOf(fields, elementFields(asked[requestArray], version)),
    subject: subjectOf(fields),
    errorField: errorFields.find((name) => name in fields),
  };
}

function identityOf(fields: Fields, asked: Fields | undefined): AnswerLevel["identity"] {
  const names = Object.keys(fields).filter((name) => identities.has(name));
  if (asked === undefined) return names.slice(0, 1).map((to) => ({ to, from: undefined }));
  return names.flatMap((to) => {
    // Fetch asks for a `partition` and answers a `partitionIndex`.
    const from = [to, to === "partitionIndex" ? "partition" : to].find((name) => name in asked);
    return from === undefined ? [] : [{ to, from }];
  });
}

function subjectOf(fields: Fields): Subject {
  if ("partitionIndex" in fields || "partitionId" in fields || "index" in fields) return "partition";
  if ("groupId" in fields || "key" in fields) return "group";
  if ("resourceName" in fields) return "resource";
  if (["name", "topic", "topicName", "topicId"].some((name) => name in fields)) return "topic";
  return "other";
}

const holdsErrors = (field: Field, version: number): boolean => {
  const inner = elementFields(field, version);
  return (
    inner !== undefined &&
    (errorFields.some((name) => name in inner) || Object.values(inner).some((each) => holdsErrors(each, version)))
  );
};

function elementFields(field: Field | undefined, version: number): Fields | undefined {
  if (field?.type.kind !== "array" || field.type.of.kind !== "struct") return undefined;
  return fieldsIn(field.type.of.fields, version);
}

function fieldsIn(fields: Fields, version: number): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => isInVersion(field, version)));
}
