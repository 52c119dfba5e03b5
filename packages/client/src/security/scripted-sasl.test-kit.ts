import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { apis } from "@ottla/protocol";
import type { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";

const failed = 58;
const hashes = { "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512" } as const;

interface Answer {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly authBytes?: Uint8Array;
}

/** A broker's side of SASL, for one user, with every message that it was sent. */
export class ScriptedSasl {
  /** What the next SaslAuthenticate of any connection is answered with, by the mechanism of the last handshake. */
  enabled: readonly string[] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];
  password = "open sesame";
  sessionLifetimeMs = 0;
  /** Handshakes so far: one for each time that somebody said who he is. */
  handshakes = 0;
  readonly messages: string[] = [];
  #mechanism = "";
  #scram: { readonly first: string; readonly challenge: string } | undefined;
  #isRefusing = false;

  constructor(cluster: ScriptedCluster) {
    cluster.on(apis.SaslHandshake, ({ mechanism }) => {
      this.handshakes += 1;
      this.#mechanism = mechanism;
      this.#scram = undefined;
      return { errorCode: this.enabled.includes(mechanism) ? 0 : 33, mechanisms: [...this.enabled] };
    });
    cluster.on(apis.SaslAuthenticate, ({ authBytes }) => {
      const message = Buffer.from(authBytes).toString("utf8");
      this.messages.push(message);
      const { errorCode, errorMessage = null, authBytes: bytes = Buffer.alloc(0) } = this.#answer(message);
      return { errorCode, errorMessage, authBytes: bytes, sessionLifetimeMs: this.sessionLifetimeMs };
    });
  }

  #answer(message: string): Answer {
    const refused = { errorCode: failed, errorMessage: "Authentication failed: Invalid username or password" };
    if (this.#mechanism === "PLAIN") {
      return message === `\0user\0${this.password}` ? { errorCode: 0 } : refused;
    }
    if (this.#mechanism === "OAUTHBEARER") return this.#oauth(message, refused);
    if (this.#mechanism === "SCRAM-SHA-256" || this.#mechanism === "SCRAM-SHA-512") {
      return this.#scramAnswer(message, hashes[this.#mechanism], refused);
    }
    return { errorCode: 0 };
  }

  #oauth(message: string, refused: Answer): Answer {
    if (this.#isRefusing) return refused;
    if (message.includes(`auth=Bearer ${this.password.replaceAll(" ", ".")}\u0001`)) return { errorCode: 0 };
    this.#isRefusing = true;
    return { errorCode: 0, authBytes: Buffer.from('{"status":"invalid_token"}') };
  }

  #scramAnswer(message: string, hash: "sha256" | "sha512", refused: Answer): Answer {
    const salt = Buffer.from("salt of this user");
    if (this.#scram === undefined) {
      const first = message.slice("n,,".length);
      const nonce = first.split(",r=")[1] ?? "";
      this.#scram = { first, challenge: `r=${nonce}more,s=${salt.toString("base64")},i=4096` };
      return { errorCode: 0, authBytes: Buffer.from(this.#scram.challenge) };
    }
    const { first, challenge } = this.#scram;
    const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest();
    const salted = pbkdf2Sync(this.password, salt, 4096, hash === "sha256" ? 32 : 64, hash);
    const clientKey = hmac(salted, "Client Key");
    const signed = `${first},${challenge},${message.split(",p=")[0]}`;
    const signature = hmac(createHash(hash).update(clientKey).digest(), signed);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString("base64");
    if (message.split(",p=")[1] !== proof) return refused;
    return { errorCode: 0, authBytes: Buffer.from(`v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`) };
  }
}
