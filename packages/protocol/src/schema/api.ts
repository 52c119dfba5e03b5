import type { Decoded, Encodable, Fields } from "./field.js";
import { Message } from "./message.js";
import type { VersionRangeText } from "./version-range.js";

/** A pair of request and response under one API key. */
export interface Api<Q extends Fields = Fields, S extends Fields = Fields> {
  readonly key: number;
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly request: Message<Q>;
  readonly response: Message<S>;
}

/** What is sent, and what is read, under an API. */
export type RequestInput<A> = A extends Api<infer Q, Fields> ? Encodable<Q> : never;
export type RequestOf<A> = A extends Api<infer Q, Fields> ? Decoded<Q> : never;
export type ResponseInput<A> = A extends Api<Fields, infer S> ? Encodable<S> : never;
export type ResponseOf<A> = A extends Api<Fields, infer S> ? Decoded<S> : never;

/** Declares an API: its key, its versions, and the fields of both directions. */
export function api<Q extends Fields, S extends Fields>(declaration: {
  readonly key: number;
  readonly name: string;
  readonly versions: VersionRangeText;
  readonly flexible: VersionRangeText;
  readonly request: Q;
  readonly response: S;
}): Api<Q, S> {
  const { key, name, request, response, ...versions } = declaration;
  const requestMessage = new Message(`${name}Request`, versions, request);
  return {
    key,
    name,
    minVersion: requestMessage.versions.min,
    maxVersion: requestMessage.versions.max,
    request: requestMessage,
    response: new Message(`${name}Response`, versions, response),
  };
}
