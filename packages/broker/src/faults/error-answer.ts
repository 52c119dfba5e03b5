import { type Fields, type ProtocolErrorCode, protocolErrors } from "@ottla/protocol";
import type { AnswerLevel, AnswerLevels } from "./answer-levels.js";
import { isAbout, type Scope, type TopicNames, type Values } from "./request-scope.js";

/** An error, and where in a response it belongs. */
export interface PlacedError {
  readonly wire: number;
  /** In every innermost place, or in the first place on the way there. */
  readonly place: "innermost" | number;
}

// What Kafka says of one topic or partition among several; every other code is about the whole request or group.
const topicErrors: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
  "OFFSET_OUT_OF_RANGE",
  "CORRUPT_MESSAGE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
  "REPLICA_NOT_AVAILABLE",
  "MESSAGE_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "TOPIC_AUTHORIZATION_FAILED",
  "KAFKA_STORAGE_ERROR",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "OFFSET_NOT_AVAILABLE",
  "UNSTABLE_OFFSET_COMMIT",
  "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID",
]);

/** Puts an error where Kafka would: codes about topics to the topics and partitions, all others as far out as the version allows. */
export function placeError(code: ProtocolErrorCode, scope: Scope, { hasErrorCode, levels }: AnswerLevels): PlacedError {
  const { wire } = protocolErrors[code];
  if (topicErrors.has(code) || scope.topic !== undefined || scope.partition !== undefined) {
    return { wire, place: "innermost" };
  }
  const groupLevel = scope.group === undefined ? -1 : levels.findIndex(({ subject }) => subject === "group");
  if (hasErrorCode && groupLevel === -1) return { wire, place: -1 };
  return { wire, place: levels.findIndex((level, depth) => level.errorField !== undefined && depth >= groupLevel) };
}

/** The response that answers everything a request names with an error, and does nothing. */
export function errorAnswer(
  request: Values,
  { fields, levels, hasErrorCode }: AnswerLevels,
  error: PlacedError,
): Values {
  const isHere = (depth: number, hasPlace: boolean, hasInner: boolean) =>
    hasPlace && (error.place === "innermost" ? !hasInner : error.place === depth);
  const answersTo = (asked: unknown, depth: number): Values => {
    const level = levels[depth];
    if (level === undefined || (error.place !== "innermost" && depth > error.place)) return {};
    const elements = (asked as Values)[level.requestArray];
    if (!Array.isArray(elements)) return {};
    return { [level.responseArray]: elements.map((element) => answerTo(element, level, depth)) };
  };
  const answerTo = (element: unknown, level: AnswerLevel, depth: number): Values => {
    const inner = answersTo(element, depth + 1);
    const identity = level.identity.map(({ to, from }) => [
      to,
      from === undefined ? element : (element as Values)[from],
    ]);
    return {
      ...unknowns(level.fields),
      ...Object.fromEntries(identity),
      ...(isHere(depth, level.errorField !== undefined, hasElements(inner)) ? errorIn(level, error.wire) : {}),
      ...inner,
    };
  };
  const inner = answersTo(request, 0);
  const isAtTop = isHere(-1, hasErrorCode, hasElements(inner));
  return { ...unknowns(fields), ...(isAtTop ? { errorCode: error.wire } : {}), ...inner };
}

const errorIn = (level: AnswerLevel | undefined, wire: number): Values => ({
  [level?.errorField ?? "errorCode"]: wire,
});

const hasElements = (answers: Values): boolean =>
  Object.values(answers).some((value) => Array.isArray(value) && value.length > 0);

// Offsets, ids and ports that have no default of their own are -1 where nothing is known.
const unknowns = (fields: Fields): Values =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name, { type, options }]) => {
        const isNumber = type.kind === "int32" || type.kind === "int64";
        return isNumber && options.default === undefined && name !== "throttleTimeMs";
      })
      .map(([name]) => [name, -1]),
  );

/** A response that was given, with an error put over whatever the scope is about. */
export function withError(
  response: Values,
  { levels, hasErrorCode }: AnswerLevels,
  { wire, place }: PlacedError,
  scope: Scope,
  names: TopicNames,
): Values {
  const innermost = levels.findLastIndex((level) => level.errorField !== undefined);
  const target = place === "innermost" ? innermost : place;
  const stamp = (value: Values, depth: number): Values => {
    const here = depth === target ? errorIn(levels[depth], wire) : {};
    const next = levels[depth + 1];
    const elements = next && value[next.responseArray];
    if (next === undefined || depth >= target || !Array.isArray(elements)) return { ...value, ...here };
    const stamped = elements.map((element: Values) =>
      isAbout(scope, next.subject, element, names) ? stamp(element, depth + 1) : element,
    );
    return { ...value, ...here, [next.responseArray]: stamped };
  };
  return target === -1 && !hasErrorCode ? response : stamp(response, -1);
}

/** One response out of two that answer different parts of a request; fields outside the arrays are the first one's. */
export function joinAnswers(first: Values, second: Values, levels: readonly AnswerLevel[], depth = 0): Values {
  const level = levels[depth];
  if (level === undefined) return first;
  const joined = [...((first[level.responseArray] ?? []) as Values[])];
  for (const element of (second[level.responseArray] ?? []) as Values[]) {
    const twin = joined.findIndex((each) => level.identity.every(({ to }) => each[to] === element[to]));
    const other = joined[twin];
    if (other === undefined) joined.push(element);
    else joined[twin] = joinAnswers(other, element, levels, depth + 1);
  }
  return { ...first, [level.responseArray]: joined };
}
