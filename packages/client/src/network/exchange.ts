import { type Api, apiVersions, decodeResponse, encodeRequest, type RequestInput } from "@ottla/protocol";
import type { Timer } from "@ottla/world";

/** A request from its encoding to its answer. */
export interface Exchange {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly sizeInBytes: number;
  /** Emptied once written. */
  buffers: readonly Buffer[];
  isSettled: boolean;
  timer: Timer | undefined;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const sizeOf = (buffers: readonly Buffer[]): number => buffers.reduce((sum, buffer) => sum + buffer.length, 0);

/** Encodes a request that waits for its turn. */
export function newExchange<A extends Api>(
  api: A,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: RequestInput<A>,
  outcome: Pick<Exchange, "resolve" | "reject">,
): Exchange {
  const buffers = encodeRequest(api as Api, version, header, body);
  return {
    api,
    version,
    correlationId: header.correlationId,
    sizeInBytes: sizeOf(buffers),
    buffers,
    isSettled: false,
    timer: undefined,
    ...outcome,
  };
}

/** Ends the wait, once: whatever comes later finds nobody. */
export function settle(exchange: Exchange, finish: () => void): void {
  if (exchange.isSettled) return;
  exchange.isSettled = true;
  exchange.timer?.cancel();
  finish();
}

/** @throws MalformedMessageError when the frame is no answer to the request. */
export function decodeAnswer({ api, version }: Exchange, frame: Buffer): unknown {
  try {
    return decodeResponse(api, version, frame);
  } catch (error) {
    // An ApiVersions error may come in version 0, whatever was asked.
    if (api.key !== apiVersions.key) throw error;
    return decodeResponse(apiVersions, 0, frame);
  }
}
