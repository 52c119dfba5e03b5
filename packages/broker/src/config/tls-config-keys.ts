import { boolean, list, string } from "./config-key.js";

const effectless =
  "Of TLS as Java sets it up. Kept and reported; here it is set up in the options of a listener, if at all.";

/** Settings of TLS. */
export const tlsConfigKeys = Object.freeze({
  "ssl.allow.dn.changes": boolean(false, effectless),
  "ssl.allow.san.changes": boolean(false, effectless),
  "ssl.cipher.suites": list("", effectless, { update: "dynamic" }),
  "ssl.client.auth": string("none", "Whether clients must show a certificate. Set with the listener here.", {
    oneOf: ["required", "requested", "none"],
    update: "dynamic",
  }),
  "ssl.enabled.protocols": list("TLSv1.2,TLSv1.3", effectless, { update: "dynamic" }),
  "ssl.endpoint.identification.algorithm": string("https", effectless, { update: "dynamic" }),
  "ssl.engine.factory.class": string(null, effectless, { update: "dynamic", type: "class" }),
  "ssl.key.password": string(null, effectless, { update: "dynamic", type: "password" }),
  "ssl.keymanager.algorithm": string("SunX509", effectless, { update: "dynamic" }),
  "ssl.keystore.certificate.chain": string(null, effectless, { update: "dynamic", type: "password" }),
  "ssl.keystore.key": string(null, effectless, { update: "dynamic", type: "password" }),
  "ssl.keystore.location": string(null, effectless, { update: "dynamic" }),
  "ssl.keystore.password": string(null, effectless, { update: "dynamic", type: "password" }),
  "ssl.keystore.type": string("JKS", effectless, { update: "dynamic" }),
  "ssl.principal.mapping.rules": string("DEFAULT", effectless),
  "ssl.protocol": string("TLSv1.3", effectless, { update: "dynamic" }),
  "ssl.provider": string(null, effectless, { update: "dynamic" }),
  "ssl.secure.random.implementation": string(null, effectless, { update: "dynamic" }),
  "ssl.trustmanager.algorithm": string("PKIX", effectless, { update: "dynamic" }),
  "ssl.truststore.certificates": string(null, effectless, { update: "dynamic", type: "password" }),
  "ssl.truststore.location": string(null, effectless, { update: "dynamic" }),
  "ssl.truststore.password": string(null, effectless, { update: "dynamic", type: "password" }),
  "ssl.truststore.type": string("JKS", effectless, { update: "dynamic" }),
});
