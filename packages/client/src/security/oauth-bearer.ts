import { KafkaAuthenticationError } from "../errors/kafka-authentication-error.js";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { SaslConversation, SaslMechanism } from "./sasl-mechanism.js";

/** A bearer token, and what goes with it. */
export interface OAuthToken {
  readonly value: string;
  /** SASL extensions (KIP-342): names of letters only, `auth` is taken. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/** Gives a token that is valid now; asked for each connection, and again before a session ends. */
export type OAuthTokenProvider = (context: {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}) => string | OAuthToken | Promise<string | OAuthToken>;

const separator = "\u0001";

/** RFC 7628, as KIP-255 has it. */
export function oauthBearer(provider: OAuthTokenProvider): SaslMechanism {
  return {
    mechanism: "OAUTHBEARER",
    authenticate: async ({ host, port, signal, send }) => {
      const given = await provider({ host, port, signal });
      const answer = await send(firstMessage(typeof given === "string" ? { value: given } : given));
      if (answer.length > 0) await refusedWith(answer, send);
    },
  };
}

function firstMessage({ value, extensions = {} }: OAuthToken): Buffer {
  if (!/^[\x21-\x7e]+$/.test(value)) throw new KafkaConfigError("sasl: the token is empty or not printable ASCII");
  const pairs = Object.entries(extensions).map(([name, text]) => {
    if (!/^[A-Za-z]+$/.test(name) || name === "auth") {
      throw new KafkaConfigError(`sasl: an extension cannot be named ${JSON.stringify(name)}`);
    }
    if (!/^[\x21-\x7e \t\r\n]+$/.test(text))
      throw new KafkaConfigError(`sasl: extension ${name} is not printable ASCII`);
    return `${name}=${text}${separator}`;
  });
  return Buffer.from(`n,,${separator}auth=Bearer ${value}${separator}${pairs.join("")}${separator}`, "ascii");
}

/** A broker refuses with JSON, wants one more byte, and only then says that it failed. */
async function refusedWith(answer: Buffer, send: SaslConversation["send"]): Promise<never> {
  const reason = answer.toString("utf8").slice(0, 300);
  let cause: unknown;
  try {
    await send(Buffer.from(separator));
  } catch (error) {
    cause = error;
  }
  throw new KafkaAuthenticationError("SASL_AUTHENTICATION_FAILED", `the broker refuses the token: ${reason}`, {
    cause,
  });
}
