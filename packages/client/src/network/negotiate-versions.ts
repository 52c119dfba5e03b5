import { apiVersions, errorCodeOf, KafkaProtocolError, type ResponseOf } from "@ottla/protocol";
import { ApiVersionRanges } from "./api-version-ranges.js";

/**
 * Asks a broker which versions it answers.
 *
 * @param text - The broker, for messages.
 * @param ask - Sends ApiVersions in a version.
 * @throws {@link KafkaProtocolError} with what the broker answered.
 */
export async function negotiateVersions(
  text: string,
  ask: (version: number) => Promise<ResponseOf<typeof apiVersions>>,
): Promise<ApiVersionRanges> {
  let response = await ask(apiVersions.maxVersion);
  if (errorCodeOf(response.errorCode) === "UNSUPPORTED_VERSION") {
    // Brokers from 2.4 on name the versions of ApiVersions itself in that answer (KIP-511); older ones name nothing.
    const range = response.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key);
    response = await ask(Math.min(apiVersions.maxVersion - 1, range?.maxVersion ?? 0));
  }
  const code = errorCodeOf(response.errorCode);
  if (code !== "NONE") throw new KafkaProtocolError(code, `ApiVersions to ${text}`);
  return new ApiVersionRanges(text, response);
}
