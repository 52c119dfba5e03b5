/** What any waiting call of a producer takes. */
export interface SendOptions {
  /**
   * Stops waiting, with the signal's reason. A record that has not left is not sent any more; one that has may be
   * delivered all the same, and is tried again as if nothing had happened.
   */
  readonly signal?: AbortSignal | undefined;
}
