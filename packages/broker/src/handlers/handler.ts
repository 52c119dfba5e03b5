import type { Api, RequestOf, ResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";

/** The connection a request came on. */
export interface ConnectionInfo {
  /** Name of the listener, upper case (`PLAINTEXT`). Metadata answers with this listener's advertised addresses. */
  readonly listener: string;
  /** The peer's address without its port; `""` when the socket is gone already. */
  readonly host: string;
  /** Aborted when the connection closes or the broker stops: whatever is parked for this peer ends then. */
  readonly signal: AbortSignal;
}

/** What a handler knows beside the request itself. */
export interface RequestContext {
  readonly broker: BrokerServices;
  readonly connection: ConnectionInfo;
  readonly clientId: string | null;
  /**
   * For a pipelined handler whose effects have to wait for something: no request of the connection is begun before `effects`
   * settles, so that effects keep the order of the requests. To be called before the handler returns.
   */
  hold(effects: Promise<unknown>): void;
}

/**
 * Answers one request. `undefined` sends nothing (Produce with `acks=0`). What it throws or rejects with closes the
 * connection and nothing else, so an error that has a place in the response belongs there.
 */
export type Handler<A extends Api> = (
  context: RequestContext,
  request: RequestOf<A>,
  version: number,
) => ResponseInput<A> | undefined | Promise<ResponseInput<A> | undefined>;

/**
 * In place of a response: the connection ends after the first `bytes` bytes of it, its length field included; a negative number
 * leaves so many off the end. With no response, or no bytes, it ends at once.
 */
export class CutResponse {
  readonly body: ResponseInput<Api> | undefined;
  readonly bytes: number;

  constructor(body: ResponseInput<Api> | undefined, bytes: number) {
    this.body = body;
    this.bytes = bytes;
  }
}

type HandlerOutcome<A extends Api> = ResponseInput<A> | CutResponse | undefined;
export type HandlerAnswer<A extends Api> = HandlerOutcome<A> | Promise<HandlerOutcome<A>>;

/** One row of the handler table: an API that is served, and how. */
export interface HandlerEntry<A extends Api = Api> {
  readonly api: A;
  /** Lowest version told to clients, where that differs from the lowest one served. */
  readonly advertisedMinVersion?: number;
  /** Lowest version served, where the broker acts as a release that had dropped older ones. */
  readonly minVersion?: number;
  /** Highest version served, where the protocol package declares one that Kafka calls unstable. */
  readonly maxVersion?: number;
  /**
   * Requests of a connection are handled one after the other. A pipelined API has all its effects before its handler
   * returns a promise, or holds the connection until it has; the next pipelined request need not wait for that promise: only
   * responses keep their order.
   */
  readonly isPipelined?: boolean;
  // A method, not a property: entries of different APIs share one table, and each gets only requests of its own API.
  handle(context: RequestContext, request: RequestOf<A>, version: number): HandlerAnswer<A>;
}

/** Served APIs by key. Wrap its entries to observe or falsify what is answered. */
export type HandlerTable = ReadonlyMap<number, HandlerEntry>;

export const handlerTableOf = (entries: readonly HandlerEntry[]): HandlerTable =>
  new Map(entries.map((entry) => [entry.api.key, entry]));
