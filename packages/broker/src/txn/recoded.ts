import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";

/** The same failure under the code that its reader knows. */
export const recoded = (failure: KafkaProtocolError, code: ProtocolErrorCode): KafkaProtocolError =>
  new KafkaProtocolError(code, failure.message.replace(`[${failure.code}] `, ""), { cause: failure });
