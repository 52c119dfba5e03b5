import { ByteReader } from "../bytes/reader.js";
import { ByteWriter } from "../bytes/writer.js";
import { protocolErrors } from "../errors/protocol-errors.js";
import { apiVersions } from "../messages/api-versions.js";
import type { Api, ResponseOf } from "../schema/api.js";
import type { Decoded, Encodable, Fields } from "../schema/field.js";
import { Message } from "../schema/message.js";
import { int16, int32, string } from "../schema/types.js";

// The header's version is not sent: it follows from the API and its version. Request headers are v1, or v2 (with a tag
// section) when the request is flexible. Response headers are v0, or v1 when the response is flexible, except that those of
// ApiVersions are always v0, so that a client can read an error from a broker older than itself.
const requestHeader = new Message(
  "RequestHeader",
  { versions: "1-2", flexible: "2+" },
  {
    apiKey: int16(),
    apiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: "1+", default: null, flexible: "none" }),
  },
);
const responseHeader = new Message("ResponseHeader", { versions: "0-1", flexible: "1+" }, { correlationId: int32() });
const unsupportedVersion = protocolErrors.UNSUPPORTED_VERSION.wire;

export interface RequestHeader extends Decoded<(typeof requestHeader)["fields"]> {}

/** A whole request frame, length prefix first, as a list of buffers for one gathered write. */
export function encodeRequest<Q extends Fields>(
  api: Api<Q>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: Encodable<Q>,
): Buffer[] {
  const writer = new ByteWriter();
  const length = writer.placeholderInt32();
  requestHeader.write(writer, api.request.isFlexible(version) ? 2 : 1, {
    ...header,
    apiKey: api.key,
    apiVersion: version,
  });
  api.request.write(writer, version, body);
  writer.patchInt32(length, writer.length - 4);
  return writer.finish();
}

/** A whole response frame, length prefix first, as a list of buffers for one gathered write. */
export function encodeResponse<S extends Fields>(
  api: Api<Fields, S>,
  version: number,
  correlationId: number,
  body: Encodable<S>,
): Buffer[] {
  const writer = new ByteWriter();
  const length = writer.placeholderInt32();
  const isFlexible = api.response.isFlexible(version) && api.key !== apiVersions.key;
  responseHeader.write(writer, isFlexible ? 1 : 0, { correlationId });
  api.response.write(writer, version, body);
  writer.patchInt32(length, writer.length - 4);
  return writer.finish();
}

/**
 * The answer to an ApiVersions request of a version that does not exist here, as a whole frame: version 0 whatever was asked
 * for, holding nothing but the versions of ApiVersions itself, with which the client asks again on the same connection. Its
 * body must not be read.
 */
export const encodeUnsupportedApiVersions = (correlationId: number): Buffer[] =>
  encodeResponse(apiVersions, 0, correlationId, {
    errorCode: unsupportedVersion,
    apiKeys: [{ apiKey: apiVersions.key, minVersion: apiVersions.minVersion, maxVersion: apiVersions.maxVersion }],
  });

/** Key and version of a request frame (without its length prefix), for choosing how to read the rest. */
export function peekRequest(frame: Uint8Array): {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
} {
  const reader = new ByteReader(frame);
  return { apiKey: reader.int16(), apiVersion: reader.int16(), correlationId: reader.int32() };
}

/** Reads the header of a request frame (without its length prefix); the reader stands at the body then. */
export const readRequestHeader = (reader: ByteReader, isFlexible: boolean): RequestHeader =>
  requestHeader.read(reader, isFlexible ? 2 : 1);

/** Correlation id of a response frame (without its length prefix). */
export const peekCorrelationId = (frame: Uint8Array): number => new ByteReader(frame).int32();

/**
 * Reads a response frame (without its length prefix). An ApiVersions response with UNSUPPORTED_VERSION is read as version 0,
 * as a broker sends it that does not know the version asked for.
 */
export function decodeResponse<A extends Api>(api: A, version: number, frame: Uint8Array): ResponseOf<A> {
  const reader = new ByteReader(frame);
  if (api.key === apiVersions.key) {
    responseHeader.read(reader, 0);
    const errorCode = new ByteReader(frame, reader.offset).int16();
    return api.response.read(reader, errorCode === unsupportedVersion ? 0 : version) as ResponseOf<A>;
  }
  responseHeader.read(reader, api.response.isFlexible(version) ? 1 : 0);
  return api.response.read(reader, version) as ResponseOf<A>;
}
