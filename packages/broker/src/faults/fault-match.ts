import { type Api, type ApiName, apis, type RequestOf } from "@ottla/protocol";
import { answerLevels } from "./answer-levels.js";
import type { ApiNamed } from "./api-named.js";
import type { Scope } from "./request-scope.js";

/**
 * Which requests of an API a fault strikes: those that fit everything given here; all of them when nothing is.
 *
 * Where a request names several topics, partitions or groups, an error is answered only for those that fit, and the rest is
 * carried out. Every other fault strikes the whole request once any part of it fits.
 */
export interface FaultMatch<N extends ApiName = ApiName> extends Scope {
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
  /** A group id. For FindCoordinator, the group whose coordinator is looked for. */
  readonly group?: string | undefined;
  readonly clientId?: string | undefined;
  /** Version of the request. */
  readonly version?: number | undefined;
  /** How many requests it strikes before it is spent. Default: all until it is removed. */
  readonly times?: number | undefined;
  /** How many requests that fit it lets through first. Default 0. */
  readonly skip?: number | undefined;
  /** Anything else about the request, its fields named as in Kafka's protocol. */
  readonly when?: ((request: RequestOf<ApiNamed<N>>) => boolean) | undefined;
}

/** @throws TypeError for an API that is not there, or a limit that no request of the API could fit. */
export function checkMatch(name: ApiName, match: Omit<FaultMatch, "when">): void {
  const api: Api | undefined = apis[name];
  if (api === undefined) throw new TypeError(`${name} is no API: ${Object.keys(apis).join(", ")}`);
  for (const [limit, isNamed] of Object.entries(namedBy(api))) {
    if (match[limit as keyof Scope] !== undefined && !isNamed) {
      throw new TypeError(`a fault on ${name} cannot be limited to a ${limit}: its requests name none`);
    }
  }
  for (const limit of ["times", "skip"] as const) {
    const count = match[limit] ?? 0;
    if (!Number.isInteger(count) || count < 0) throw new TypeError(`${limit}: ${count} is no number of requests`);
  }
}

function namedBy(api: Api): Record<keyof Scope, boolean> {
  const named = { topic: false, partition: false, group: false };
  for (let version = api.minVersion; version <= api.maxVersion; version += 1) {
    const { levels, groupField } = answerLevels(api, version);
    named.group ||= groupField !== undefined;
    for (const { subject } of levels) {
      named.topic ||= subject === "topic" || subject === "resource";
      named.partition ||= subject === "partition";
      named.group ||= subject === "group";
    }
  }
  return named;
}
