import type { SaslMechanism, SaslOptions } from "@ottla/client";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import type { Logger } from "../log/logger.js";
import type { Mechanism, SASLOptions } from "./kafka-config.js";

/** kafkajs's `sasl` as that of `@ottla/client`. @throws KafkaJSNonRetriableError */
export function saslOptions(sasl: SASLOptions | Mechanism, logger: Logger): SaslOptions {
  if ("authenticationProvider" in sasl) return ownMechanism(sasl, logger);
  switch (sasl.mechanism.toLowerCase()) {
    case "plain":
    case "scram-sha-256":
    case "scram-sha-512": {
      const { username, password } = sasl as { username: string; password: string };
      const mechanism = sasl.mechanism.toUpperCase() as "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
      return { mechanism, username, password };
    }
    case "oauthbearer": {
      const { oauthBearerProvider } = sasl as { oauthBearerProvider: () => Promise<{ value: string }> };
      return { mechanism: "OAUTHBEARER", token: () => oauthBearerProvider() };
    }
    case "aws":
      return aws(sasl as Extract<SASLOptions, { mechanism: "aws" }>);
    default:
      throw new KafkaJSNonRetriableError(
        `sasl.mechanism: "${sasl.mechanism}" is none of plain, scram-sha-256, scram-sha-512, oauthbearer and aws, and brings no authenticationProvider`,
      );
  }
}

function aws(sasl: Extract<SASLOptions, { mechanism: "aws" }>): SaslMechanism {
  const { authorizationIdentity, accessKeyId, secretAccessKey, sessionToken = "" } = sasl;
  const message = [authorizationIdentity, accessKeyId, secretAccessKey, sessionToken].join("\u0000");
  return {
    mechanism: "AWS",
    authenticate: async ({ send }) => {
      await send(Buffer.from(message));
    },
  };
}

const lengthBytes = 4;

// Providers written for kafkajs put the length before a message, and expect it before the answer.
function ownMechanism({ mechanism, authenticationProvider }: Mechanism, logger: Logger): SaslMechanism {
  const name = mechanism.toUpperCase();
  return {
    mechanism: name,
    authenticate: async ({ host, port, send }) => {
      const provider = authenticationProvider({
        host,
        port,
        logger: logger.namespace(`SaslAuthenticator-${name}`),
        saslAuthenticate: async ({ request, response }) => {
          const message = await request.encode();
          const answer = await send(message.subarray(lengthBytes));
          const length = Buffer.alloc(lengthBytes);
          length.writeInt32BE(answer.length);
          return response?.parse(await response.decode(Buffer.concat([length, answer])));
        },
      });
      await provider.authenticate();
    },
  };
}
