import type { AnswerLevels, Subject } from "./answer-levels.js";

/** Any message or part of one, by field name. */
export type Values = Readonly<Record<string, unknown>>;

/** What a fault is limited to; what is absent limits nothing. */
export interface Scope {
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
  readonly group?: string | undefined;
}

/** Finds a topic's name by its id, for the versions that name topics by id. */
export type TopicNames = (topicId: string) => string | undefined;

/** A request divided by a scope. */
export interface Division {
  /** What the scope is about; `undefined` when it is about nothing in the request. */
  readonly inside: Values | undefined;
  /** What remains; `undefined` when nothing does. */
  readonly outside: Values | undefined;
  /** Whether the request asks for all there is instead of naming it, so that only its answer can be divided. */
  readonly isAll: boolean;
}

const findCoordinatorOfGroup = 0;

export function divide(
  request: Values,
  { levels, groupField }: AnswerLevels,
  scope: Scope,
  names: TopicNames,
): Division {
  if (scope.group !== undefined) {
    const isOtherGroup = groupField !== undefined && request[groupField] !== scope.group;
    const isNoGroup = "keyType" in request && request.keyType !== findCoordinatorOfGroup;
    if (isOtherGroup || isNoGroup) return { inside: undefined, outside: request, isAll: false };
  }
  const deepest = levels.findLastIndex(({ subject }) => limits(scope, subject));
  let isAll = false;
  const split = (value: Values, depth: number): readonly [Values | undefined, Values | undefined] => {
    const level = levels[depth];
    if (level === undefined || depth > deepest) return [value, undefined];
    const elements = value[level.requestArray];
    if (!Array.isArray(elements)) {
      isAll = true;
      return [value, undefined];
    }
    const inside: unknown[] = [];
    const outside: unknown[] = [];
    for (const element of elements) {
      if (!isAbout(scope, level.subject, element, names)) {
        outside.push(element);
        continue;
      }
      const [within, without] = split(element as Values, depth + 1);
      if (within !== undefined) inside.push(within);
      if (without !== undefined) outside.push(without);
    }
    const part = (chosen: unknown[]) => (chosen.length === 0 ? undefined : { ...value, [level.requestArray]: chosen });
    return [part(inside), part(outside)];
  };
  const [inside, outside] = split(request, 0);
  return { inside, outside, isAll: isAll || (inside !== undefined && asksForAll(inside, levels[0]?.requestArray)) };
}

// Null stands for all.
const asksForAll = (request: Values, array: string | undefined): boolean =>
  array !== undefined && !Array.isArray(request[array]);

const limits = (scope: Scope, subject: Subject): boolean => {
  switch (subject) {
    case "topic":
    case "resource":
      return scope.topic !== undefined;
    case "partition":
      return scope.partition !== undefined;
    case "group":
      return scope.group !== undefined;
    case "other":
      return false;
  }
};

/** Whether a scope is about an element of a request or response, as far as the element's own level tells. */
export function isAbout(scope: Scope, subject: Subject, element: unknown, names: TopicNames): boolean {
  switch (subject) {
    case "topic":
      return scope.topic === undefined || scope.topic === topicOf(element, names);
    case "resource":
      return scope.topic === undefined || scope.topic === topicResourceOf(element);
    case "partition":
      return scope.partition === undefined || scope.partition === partitionOf(element);
    case "group":
      return scope.group === undefined || scope.group === groupOf(element);
    case "other":
      return true;
  }
}

function topicOf(element: unknown, names: TopicNames): unknown {
  if (typeof element === "string") return element;
  const { name, topic, topicId } = element as Values;
  return name || topic || (typeof topicId === "string" ? names(topicId) : undefined);
}

const topicResource = 2;

function topicResourceOf(element: unknown): unknown {
  const { resourceType, resourceName } = element as Values;
  return resourceType === topicResource ? resourceName : undefined;
}

function partitionOf(element: unknown): unknown {
  if (typeof element === "number") return element;
  const { index, partition, partitionIndex } = element as Values;
  return index ?? partition ?? partitionIndex;
}

function groupOf(element: unknown): unknown {
  if (typeof element === "string") return element;
  const { groupId, key } = element as Values;
  return groupId ?? key;
}
