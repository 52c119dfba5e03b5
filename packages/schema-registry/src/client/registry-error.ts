/** Names for the registry's numbers; one that is not here is `REGISTRY_ERROR`. */
const codes = {
  40401: "SUBJECT_NOT_FOUND",
  40402: "VERSION_NOT_FOUND",
  40403: "SCHEMA_NOT_FOUND",
  40404: "SUBJECT_SOFT_DELETED",
  40405: "SUBJECT_NOT_SOFT_DELETED",
  40406: "VERSION_SOFT_DELETED",
  40407: "VERSION_NOT_SOFT_DELETED",
  40408: "CONFIG_NOT_FOUND",
  40409: "MODE_NOT_FOUND",
  409: "INCOMPATIBLE_SCHEMA",
  40901: "INCOMPATIBLE_SCHEMA",
  42201: "INVALID_SCHEMA",
  42202: "INVALID_VERSION",
  42203: "INVALID_COMPATIBILITY_LEVEL",
  42204: "INVALID_MODE",
  42205: "OPERATION_NOT_PERMITTED",
  42206: "REFERENCE_EXISTS",
  42207: "ID_DOES_NOT_MATCH",
  42208: "INVALID_SUBJECT",
  42209: "SCHEMA_TOO_LARGE",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  50001: "STORE_ERROR",
  50002: "OPERATION_TIMED_OUT",
  50003: "FORWARDING_FAILED",
  50004: "LEADER_UNKNOWN",
} as const;

export type RegistryErrorCode = (typeof codes)[keyof typeof codes] | "REGISTRY_ERROR" | "REGISTRY_UNREACHABLE";

/** The registry's answer was no, or there was none (`REGISTRY_UNREACHABLE`). */
export class SchemaRegistryError extends Error {
  override readonly name = "SchemaRegistryError";
  readonly code: RegistryErrorCode;
  /** The registry's own number (40401, …), or the HTTP status; 0 when nothing answered. */
  readonly errorCode: number;
  /** The same request may succeed later. */
  readonly retriable: boolean;

  constructor(errorCode: number, context: string, options?: ErrorOptions) {
    const code =
      errorCode === 0
        ? "REGISTRY_UNREACHABLE"
        : ((codes as Record<number, RegistryErrorCode>)[errorCode] ?? "REGISTRY_ERROR");
    super(`[${code}] ${context}`, options);
    this.code = code;
    this.errorCode = errorCode;
    const status = errorCode > 999 ? Math.floor(errorCode / 100) : errorCode;
    this.retriable = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}
