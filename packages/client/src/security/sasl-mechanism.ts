/**
 * A way to prove who one is. Those of {@link SaslOptions} are such; bring your own for what a cloud asks for:
 *
 * ```ts
 * const iam: SaslMechanism = {
 *   mechanism: "AWS_MSK_IAM",
 *   authenticate: async ({ host, send }) => void (await send(Buffer.from(JSON.stringify(await sign(host))))),
 * };
 * ```
 */
export interface SaslMechanism {
  /** As the broker's `sasl.enabled.mechanisms` has it. */
  readonly mechanism: string;
  /**
   * Goes through the mechanism's messages on a connection; called for each connection, and again before a session ends.
   * Must not put a secret into an error. An error with `retriable: true`, or without such a member, is taken for an outage
   * and tried again.
   */
  authenticate(conversation: SaslConversation): Promise<void>;
}

/** A broker, while it asks who we are. */
export interface SaslConversation {
  readonly host: string;
  readonly port: number;
  /** Aborts when the connection is given up. */
  readonly signal: AbortSignal;
  /** Unpredictable bytes, for nonces. */
  randomBytes(length: number): Uint8Array;
  /** Sends a message and resolves with the broker's. Rejects with KafkaAuthenticationError when the broker refuses. */
  send(message: Uint8Array): Promise<Buffer>;
}
