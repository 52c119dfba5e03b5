import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { SaslMechanism } from "./sasl-mechanism.js";
import { reveal, type Secret } from "./secret.js";

/** RFC 4616: name and password as they are, so use it over TLS only. */
export function plain(username: string, password: Secret): SaslMechanism {
  return {
    mechanism: "PLAIN",
    authenticate: async ({ send }) => {
      const secret = await reveal(password);
      // The parts are set apart by NUL.
      if (`${username}${secret}`.includes("\0")) throw new KafkaConfigError("sasl: PLAIN cannot carry a NUL");
      await send(Buffer.from(`\0${username}\0${secret}`, "utf8"));
    },
  };
}
