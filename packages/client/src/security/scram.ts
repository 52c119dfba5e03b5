import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { KafkaAuthenticationError } from "../errors/kafka-authentication-error.js";
import type { SaslMechanism } from "./sasl-mechanism.js";
import { reveal, type Secret } from "./secret.js";

export type ScramMechanism = "SCRAM-SHA-256" | "SCRAM-SHA-512";

const digests = { "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512" } as const;

// RFC 7677 and Kafka ask for 4096 at least: a broker that asks for fewer may be somebody else, who wants to guess. The
// upper end keeps a broker from stopping the event loop; Kafka itself allows 16,384.
const leastIterations = 4_096;
const mostIterations = 500_000;

// No channel binding, and none of the other end's that we know of.
const gs2Header = "n,,";

/**
 * RFC 5802 and 7677: the broker learns that we know the password, and proves that it does, and neither says it.
 *
 * ```
 * → n,,n=user,r=nonce
 * ← r=nonce+more,s=salt,i=iterations
 * → c=biws,r=nonce+more,p=proof
 * ← v=signature
 * ```
 *
 * The password is taken as it is, in UTF-8: Kafka stores it so, without the normalization of RFC 4013.
 */
export function scram(mechanism: ScramMechanism, username: string, password: Secret): SaslMechanism {
  return {
    mechanism,
    authenticate: async ({ send, randomBytes }) => {
      const secret = await reveal(password);
      const client = new ScramClient(mechanism, username, secret, Buffer.from(randomBytes(24)).toString("base64url"));
      const challenge = await send(Buffer.from(client.first, "utf8"));
      const answer = await send(Buffer.from(client.answer(challenge.toString("utf8")), "utf8"));
      client.verify(answer.toString("utf8"));
    },
  };
}

/** One conversation. Pure: what it says follows from what it was given. */
export class ScramClient {
  readonly first: string;
  readonly #digest: "sha256" | "sha512";
  readonly #firstBare: string;
  readonly #nonce: string;
  readonly #password: string;
  #serverSignature: Buffer | undefined;

  constructor(mechanism: ScramMechanism, username: string, password: string, nonce: string) {
    this.#digest = digests[mechanism];
    this.#nonce = nonce;
    this.#password = password;
    const name = username.replaceAll("=", "=3D").replaceAll(",", "=2C");
    this.#firstBare = `n=${name},r=${nonce}`;
    this.first = gs2Header + this.#firstBare;
  }

  /** The proof for the broker's challenge. @throws {@link KafkaAuthenticationError} `BROKER_NOT_AUTHENTIC` */
  answer(challenge: string): string {
    const { r: nonce, s: salt, i: count } = attributes(challenge, ["r", "s", "i"]);
    // More than ours: without a part of its own a broker could play back what it heard.
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw refused("its nonce does not continue ours");
    }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(salt)) throw refused("its salt is not base64");
    const iterations = Number(count);
    if (!/^\d{1,9}$/.test(count) || iterations < leastIterations || iterations > mostIterations) {
      throw refused(
        `it asks for ${count.slice(0, 20)} iterations, allowed are ${leastIterations} to ${mostIterations}`,
      );
    }
    const length = this.#digest === "sha256" ? 32 : 64;
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, "base64"), iterations, length, this.#digest);
    const clientKey = this.#hmac(salted, "Client Key");
    const storedKey = createHash(this.#digest).update(clientKey).digest();
    const withoutProof = `c=${Buffer.from(gs2Header).toString("base64")},r=${nonce}`;
    const signed = `${this.#firstBare},${challenge},${withoutProof}`;
    const signature = this.#hmac(storedKey, signed);
    this.#serverSignature = this.#hmac(this.#hmac(salted, "Server Key"), signed);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** Whether the broker knows the password too. @throws {@link KafkaAuthenticationError} */
  verify(final: string): void {
    if (final.startsWith("e=")) {
      throw new KafkaAuthenticationError("SASL_AUTHENTICATION_FAILED", `the broker says ${final.slice(2, 102)}`);
    }
    const given = Buffer.from(attributes(final, ["v"]).v, "base64");
    const expected = this.#serverSignature;
    if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw refused("its signature is wrong: it does not know the password");
    }
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#digest, key).update(text, "utf8").digest();
  }
}

/** The values of a message's first attributes, which must be these; extensions may follow. */
function attributes<Name extends string>(message: string, names: readonly Name[]): Record<Name, string> {
  const parts = message.split(",");
  const values = names.map((name, index) => {
    const part = parts[index];
    if (part === undefined || !part.startsWith(`${name}=`))
      throw refused(`its message has no ${name}= where it must be`);
    return [name, part.slice(2)] as const;
  });
  return Object.fromEntries(values) as Record<Name, string>;
}

const refused = (reason: string): KafkaAuthenticationError =>
  new KafkaAuthenticationError("BROKER_NOT_AUTHENTIC", `SCRAM: ${reason}`);
