import { apis } from "@ottla/protocol";
import { tokenRefused } from "./create-delegation-token.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v2 flexible; v3 who asked for a token (KIP-373).

const handle: Handler<typeof apis.DescribeDelegationToken> = () => ({
  errorCode: tokenRefused,
  tokens: [],
  throttleTimeMs: 0,
});

export const describeDelegationTokenEntry: HandlerEntry<typeof apis.DescribeDelegationToken> = {
  api: apis.DescribeDelegationToken,
  handle,
};
