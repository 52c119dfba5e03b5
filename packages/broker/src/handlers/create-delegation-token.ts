import { apis } from "@ottla/protocol";
import { wireCode } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 tokens for somebody else (KIP-373).

/**
 * What all delegation token calls (KIP-48) are answered with: a token stands for somebody who showed who he is, and a
 * connection that did not is refused before anybody looks whether tokens are enabled.
 */
export const tokenRefused = wireCode("DELEGATION_TOKEN_REQUEST_NOT_ALLOWED");

const asker = { type: "User", name: "ANONYMOUS" };

const handle: Handler<typeof apis.CreateDelegationToken> = (_, _request, version) => ({
  errorCode: tokenRefused,
  principalType: asker.type,
  principalName: asker.name,
  ...(version < 3 ? {} : { tokenRequesterPrincipalType: asker.type, tokenRequesterPrincipalName: asker.name }),
  issueTimestampMs: -1,
  expiryTimestampMs: -1,
  maxTimestampMs: -1,
  tokenId: "",
  hmac: new Uint8Array(),
  throttleTimeMs: 0,
});

export const createDelegationTokenEntry: HandlerEntry<typeof apis.CreateDelegationToken> = {
  api: apis.CreateDelegationToken,
  handle,
};
