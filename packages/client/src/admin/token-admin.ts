import {
  createDelegationToken,
  describeDelegationToken,
  expireDelegationToken,
  renewDelegationToken,
} from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError } from "./answer-error.js";

/** A principal in Kafka's text: `User:alice`. */
export type PrincipalText = `${string}:${string}`;

/** A delegation token (KIP-48). Times in milliseconds since the epoch. */
export interface DelegationToken {
  /** The name to sign in with by SCRAM; the password is `hmac` in base64. */
  readonly tokenId: string;
  readonly hmac: Buffer;
  readonly owner: PrincipalText;
  /** Who asked for it; the owner on brokers before 3.3. */
  readonly requester: PrincipalText;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When it ends however often it is renewed. */
  readonly endsAt: number;
  readonly renewers: readonly PrincipalText[];
}

const brokerDefault = -1;

/** Tokens by which others sign in for somebody who is signed in. A connection without authentication is refused them. */
export class TokenAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.tokens`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** Makes a token for the owner, by default whoever this client is. @throws KafkaProtocolError */
  async create(
    token: {
      readonly owner?: PrincipalText | undefined;
      readonly renewers?: readonly PrincipalText[] | undefined;
      /** Default: the broker's `delegation.token.max.lifetime.ms`. */
      readonly maxLifetimeMs?: number | undefined;
    } = {},
    options?: AdminOptions,
  ): Promise<DelegationToken> {
    const owner = token.owner === undefined ? undefined : principalOf(token.owner);
    const renewers = token.renewers ?? [];
    const body = {
      ...(owner !== undefined && {
        ownerPrincipalType: owner.principalType,
        ownerPrincipalName: owner.principalName,
      }),
      renewers: renewers.map(principalOf),
      maxLifetimeMs: token.maxLifetimeMs ?? brokerDefault,
    };
    const noOwner = { ownerPrincipalType: null, ownerPrincipalName: null };
    const response = await this.#cluster.request(
      "any",
      createDelegationToken,
      (version) => (version >= 3 ? { ...noOwner, ...body } : body),
      options,
      ({ errorCode }) => {
        const error = answerError(errorCode, "create delegation token");
        if (error !== undefined) throw error;
      },
    );
    return {
      tokenId: response.tokenId,
      hmac: Buffer.from(response.hmac),
      owner: principalText(response.principalType, response.principalName),
      requester: requesterOf(response),
      issuedAt: response.issueTimestampMs,
      expiresAt: response.expiryTimestampMs,
      endsAt: response.maxTimestampMs,
      renewers,
    };
  }

  /** Tokens of these owners that this client may see; of all without `owners`. @throws KafkaProtocolError */
  async describe(owners?: readonly PrincipalText[], options?: AdminOptions): Promise<readonly DelegationToken[]> {
    const body = { owners: owners?.map(principalOf) ?? null };
    const response = await this.#cluster.request("any", describeDelegationToken, body, options, ({ errorCode }) => {
      const error = answerError(errorCode, "describe delegation tokens");
      if (error !== undefined) throw error;
    });
    return response.tokens.map((token) => ({
      tokenId: token.tokenId,
      hmac: Buffer.from(token.hmac),
      owner: principalText(token.principalType, token.principalName),
      requester: requesterOf(token),
      issuedAt: token.issueTimestamp,
      expiresAt: token.expiryTimestamp,
      endsAt: token.maxTimestamp,
      renewers: token.renewers.map(({ principalType, principalName }) => principalText(principalType, principalName)),
    }));
  }

  /** Makes a token last `forMs` from now on, by default the broker's `delegation.token.expiry.time.ms`; answers when it expires. @throws KafkaProtocolError */
  async renew(hmac: Uint8Array, options?: AdminOptions & { readonly forMs?: number | undefined }): Promise<number> {
    const body = { hmac, renewPeriodMs: options?.forMs ?? brokerDefault };
    const response = await this.#cluster.request("any", renewDelegationToken, body, options, ({ errorCode }) => {
      const error = answerError(errorCode, "renew delegation token");
      if (error !== undefined) throw error;
    });
    return response.expiryTimestampMs;
  }

  /** Makes a token end in `inMs`, by default now; answers when. @throws KafkaProtocolError */
  async expire(hmac: Uint8Array, options?: AdminOptions & { readonly inMs?: number | undefined }): Promise<number> {
    const body = { hmac, expiryTimePeriodMs: options?.inMs ?? brokerDefault };
    const response = await this.#cluster.request("any", expireDelegationToken, body, options, ({ errorCode }) => {
      const error = answerError(errorCode, "expire delegation token");
      if (error !== undefined) throw error;
    });
    return response.expiryTimestampMs;
  }
}

const principalText = (type: string, name: string): PrincipalText => `${type}:${name}`;

// A name may have colons of its own.
function principalOf(text: PrincipalText): { readonly principalType: string; readonly principalName: string } {
  const at = text.indexOf(":");
  return { principalType: text.slice(0, at), principalName: text.slice(at + 1) };
}

const requesterOf = (token: {
  readonly principalType: string;
  readonly principalName: string;
  readonly tokenRequesterPrincipalType: string;
  readonly tokenRequesterPrincipalName: string;
}): PrincipalText =>
  token.tokenRequesterPrincipalType === ""
    ? principalText(token.principalType, token.principalName)
    : principalText(token.tokenRequesterPrincipalType, token.tokenRequesterPrincipalName);
