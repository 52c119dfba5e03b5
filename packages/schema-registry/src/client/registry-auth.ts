import type { World } from "@ottla/world";
import { SchemaRegistryError } from "./registry-error.js";
import type { RegistryTransport } from "./registry-transport.js";

/** OAuth 2.0's client credentials grant (RFC 6749, §4.4): the token is fetched when it is needed, and again before it expires. */
export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
}

/** How requests prove who they are from. A token that a function gives is asked for at each request. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | (() => string | Promise<string>) }
  | { readonly oauth: ClientCredentials };

/** A token is renewed when this part of its life is over: clocks differ, and requests take time. */
const renewedAfter = 0.8;
/** For a token whose life is not told (`expires_in`). */
const assumedLifeMs = 300_000;

/** What goes into a request's `authorization`. */
export class Authorization {
  readonly #clock: World["clock"];
  readonly #transport: RegistryTransport;
  readonly #auth: RegistryAuth;
  #token: { readonly value: Promise<string>; readonly until: { ms: number } } | undefined;

  constructor(clock: World["clock"], transport: RegistryTransport, auth: RegistryAuth) {
    this.#clock = clock;
    this.#transport = transport;
    this.#auth = auth;
  }

  /** @throws {@link SchemaRegistryError} where no token could be had. */
  async header(signal: AbortSignal): Promise<string> {
    const auth = this.#auth;
    if ("username" in auth) return basic(auth.username, auth.password);
    if ("token" in auth) return `Bearer ${typeof auth.token === "string" ? auth.token : await auth.token()}`;
    return `Bearer ${await this.#oauthToken(auth.oauth, signal)}`;
  }

  /** The registry did not take it: the next request fetches another one. */
  refused(): void {
    this.#token = undefined;
  }

  /** Those who ask at the same time share one token request. */
  #oauthToken(credentials: ClientCredentials, signal: AbortSignal): Promise<string> {
    if (this.#token !== undefined && this.#clock.now() < this.#token.until.ms) return this.#token.value;
    const until = { ms: Number.POSITIVE_INFINITY };
    const token = { value: this.#fetchToken(credentials, signal, until), until };
    this.#token = token;
    token.value.catch(() => {
      if (this.#token === token) this.#token = undefined;
    });
    return token.value;
  }

  async #fetchToken(
    { tokenUrl, clientId, clientSecret, scope }: ClientCredentials,
    signal: AbortSignal,
    until: { ms: number },
  ): Promise<string> {
    const form = new URLSearchParams({ grant_type: "client_credentials", ...(scope !== undefined && { scope }) });
    const { status, text } = await this.#transport.send({
      method: "POST",
      url: tokenUrl,
      headers: {
        authorization: basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)),
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
      },
      body: form.toString(),
      signal,
    });
    const { access_token: token, expires_in: seconds } = tokenAnswer(text);
    if (status >= 400 || typeof token !== "string") {
      throw new SchemaRegistryError(
        status >= 500 ? status : 401,
        `POST ${tokenUrl}: HTTP ${status}: ${text.slice(0, 200)}`,
      );
    }
    const lifeMs = typeof seconds === "number" && seconds > 0 ? seconds * 1000 : assumedLifeMs;
    until.ms = this.#clock.now() + lifeMs * renewedAfter;
    return token;
  }
}

function tokenAnswer(text: string): { readonly access_token?: unknown; readonly expires_in?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
