export type RegistryStartErrorCode =
  /** The options contradict each other. */
  | "INVALID_OPTIONS"
  /** Nothing can listen on that host and port. */
  | "ADDRESS_IN_USE"
  | "ADDRESS_REFUSED"
  /** The topic exists, but keeping schemas in it would lose them. */
  | "UNFIT_TOPIC"
  /** The cluster did not answer in time, or refused. */
  | "STORE_UNREACHABLE";

/** The registry could not start. `cause` is what was in the way. */
export class RegistryStartError extends Error {
  override readonly name = "RegistryStartError";
  readonly code: RegistryStartErrorCode;

  constructor(code: RegistryStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
