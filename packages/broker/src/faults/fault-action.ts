import type { ProtocolErrorCode } from "@ottla/protocol";
import type { Values } from "./request-scope.js";

/** When a fault strikes. */
export interface FaultTiming {
  /** Carries the request out first: what it does happens, and only its answer is touched. Default false: nothing happens. */
  readonly after?: boolean;
}

/** Kafka's error codes by name. */
export type FaultErrorCode = Exclude<ProtocolErrorCode, "NONE">;

/** What a fault does to a request. */
export type FaultAction = (
  | { readonly kind: "reply"; readonly code: FaultErrorCode }
  | { readonly kind: "replyWith"; readonly response: (request: Values, version: number) => Values }
  | { readonly kind: "delay"; readonly delayMs: number }
  | { readonly kind: "drop" }
  | { readonly kind: "cut"; readonly bytes: number }
) & { readonly isAfter: boolean };
