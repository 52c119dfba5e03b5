import { KafkaConfigError } from "../errors/kafka-config-error.js";
import { type OAuthTokenProvider, oauthBearer } from "./oauth-bearer.js";
import { plain } from "./plain.js";
import type { SaslMechanism } from "./sasl-mechanism.js";
import { type ScramMechanism, scram } from "./scram.js";
import type { Secret } from "./secret.js";

/**
 * Who this client is (`sasl.mechanism`, `sasl.jaas.config`). A password may be a function, asked for each connection, so
 * that one that changes needs no restart.
 */
export type SaslOptions = SaslMechanism | SaslToken | SaslPassword;

/** Who this client is, by a name and a password. */
export interface SaslPassword {
  readonly mechanism: "PLAIN" | ScramMechanism;
  readonly username: string;
  readonly password: Secret;
}

/** Who this client is, by a token. */
export interface SaslToken {
  readonly mechanism: "OAUTHBEARER";
  readonly token: OAuthTokenProvider;
}

/** @throws KafkaConfigError, which never shows what was given. */
export function saslMechanism(options: SaslOptions): SaslMechanism {
  if ("authenticate" in options) return options;
  switch (options.mechanism) {
    case "PLAIN":
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512": {
      const { mechanism, username, password } = options;
      if (typeof username !== "string" || username === "") throw new KafkaConfigError("sasl.username: it is missing");
      if (typeof password !== "function" && (typeof password !== "string" || password === "")) {
        throw new KafkaConfigError("sasl.password: it is missing");
      }
      return mechanism === "PLAIN" ? plain(username, password) : scram(mechanism, username, password);
    }
    case "OAUTHBEARER":
      if (typeof options.token !== "function") {
        throw new KafkaConfigError("sasl.token: a function that gives a token is needed");
      }
      return oauthBearer(options.token);
    default: {
      const known = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER";
      const { mechanism } = options as { readonly mechanism: unknown };
      throw new KafkaConfigError(
        `sasl.mechanism: ${JSON.stringify(mechanism)} is none of ${known}, and has no authenticate() of its own`,
      );
    }
  }
}
