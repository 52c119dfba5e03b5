import { apis } from "@ottla/protocol";
import { tokenRefused } from "./create-delegation-token.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible.

const handle: Handler<typeof apis.RenewDelegationToken> = () => ({
  errorCode: tokenRefused,
  expiryTimestampMs: -1,
  throttleTimeMs: 0,
});

export const renewDelegationTokenEntry: HandlerEntry<typeof apis.RenewDelegationToken> = {
  api: apis.RenewDelegationToken,
  handle,
};
