import type { TlsOptions } from "@ottla/client";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import type { SslOptions } from "./kafka-config.js";

const taken = new Set(["ca", "cert", "key", "passphrase", "servername", "rejectUnauthorized"]);

/** kafkajs's `ssl` as the client's `tls`. @throws KafkaJSNonRetriableError */
export function tlsOptions(ssl: SslOptions | boolean | undefined): TlsOptions | boolean | undefined {
  if (typeof ssl !== "object") return ssl;
  for (const [name, value] of Object.entries(ssl)) {
    if (value !== undefined && !taken.has(name)) {
      throw new KafkaJSNonRetriableError(`ssl.${name} is not taken; these are: ${[...taken].join(", ")}`);
    }
  }
  const { ca, passphrase, servername, rejectUnauthorized } = ssl;
  return { ca, passphrase, servername, rejectUnauthorized, cert: pem("cert", ssl.cert), key: pem("key", ssl.key) };
}

function pem(name: string, given: unknown): string | Uint8Array | undefined {
  const one = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (one === undefined || typeof one === "string" || one instanceof Uint8Array) return one;
  throw new KafkaJSNonRetriableError(`ssl.${name}: one text or Buffer is needed`);
}
