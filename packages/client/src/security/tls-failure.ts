import { KafkaAuthenticationError } from "../errors/kafka-authentication-error.js";
import { KafkaConnectionError } from "../errors/kafka-connection-error.js";

interface SystemError extends Error {
  readonly code?: string;
}

/** Node's and OpenSSL's codes for certificates that are not accepted, with what to do. */
const certificateReasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is self-signed: give it, or its authority, as tls.ca",
  SELF_SIGNED_CERT_IN_CHAIN: "the broker's authority is not among those trusted: give it as tls.ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the broker's certificate is of an authority that is not trusted: give that as tls.ca",
  UNABLE_TO_GET_ISSUER_CERT: "an authority between is missing: give it as tls.ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the broker's certificate is of an authority that is not trusted: give that as tls.ca",
  CERT_HAS_EXPIRED: "the broker's certificate has expired",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet",
  CERT_REVOKED: "the broker's certificate was revoked",
  CERT_SIGNATURE_FAILURE: "the broker's certificate is not signed by the authority it names: is tls.ca the right one?",
  ERR_TLS_CERT_ALTNAME_INVALID: "the broker's certificate is for another name: fix the address, or set tls.servername",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the broker asks for a certificate of this client: tls.cert and tls.key",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    "the broker broke the handshake off: no protocol in common, or it asks for a certificate (tls.cert and tls.key)",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the broker does not accept this client's certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "this client's certificate has expired",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "the broker does not accept this client's certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the broker does not know the authority of this client's certificate",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the broker does not speak this TLS version",
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: "the broker does not know the name it was called by: tls.servername",
};

/**
 * What an error of a TLS socket means; undefined where it is one of the network. Certificates do not get better by
 * trying again; an end in the middle of a handshake may, when the broker was starting.
 */
export function tlsFailure(
  broker: string,
  error: SystemError,
): KafkaAuthenticationError | KafkaConnectionError | undefined {
  const { code = "", message } = error;
  const reason = certificateReasons[code];
  if (reason !== undefined) {
    const detail = code.startsWith("ERR_SSL") ? code : message;
    return new KafkaAuthenticationError("TLS_FAILED", `${broker}: ${reason} (${detail})`, { cause: error });
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    const text = `${broker}: what answers there does not speak TLS: another port, or no tls option`;
    return new KafkaAuthenticationError("TLS_FAILED", text, { cause: error });
  }
  if (code === "ECONNRESET") {
    const text = `${broker}: the connection ended during the TLS handshake: does that listener speak TLS?`;
    return new KafkaConnectionError("CONNECTION_FAILED", text, { cause: error });
  }
  // A key or certificate of ours that cannot be read; OpenSSL's words never contain it.
  if (/^ERR_(OSSL|SSL|TLS|CRYPTO)/.test(code)) {
    return new KafkaAuthenticationError("TLS_FAILED", `${broker}: ${message}`, { cause: error });
  }
  return undefined;
}

/** The first bytes of a TLS alert, which a TLS listener answers to what is not TLS. */
export const isTlsAlert = (chunk: Uint8Array): boolean =>
  chunk[0] === 0x15 && chunk[1] === 0x03 && (chunk[2] ?? 0xff) <= 4;
