import type { ApiName, RequestOf, ResponseInput } from "@ottla/protocol";
import type { Duration } from "@ottla/world";
import type { ApiNamed } from "./api-named.js";
import type { Fault, FaultHit } from "./fault.js";
import type { FaultErrorCode, FaultTiming } from "./fault-action.js";
import type { FaultMatch } from "./fault-match.js";

/** A response of which only what matters is given; the rest has Kafka's defaults. */
export type PartialResponse<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly PartialResponse<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: PartialResponse<T[K]> | undefined }
      : T;

/** What can go wrong with the requests chosen by {@link Faults.on}. Each method sets the fault and answers it. */
export interface FaultActions<N extends ApiName> {
  /**
   * Answers with an error, where Kafka puts it: errors about topics to each topic or partition that fits, others to the whole
   * response or group. Produce with `acks=0` has no answer: its connection is closed, as Kafka does.
   */
  reply(code: FaultErrorCode, timing?: FaultTiming): Fault<N>;
  /** Answers what is given, or with `after` puts it over the fields of the true answer. */
  replyWith(
    response:
      | PartialResponse<ResponseInput<ApiNamed<N>>>
      | ((request: RequestOf<ApiNamed<N>>, version: number) => PartialResponse<ResponseInput<ApiNamed<N>>>),
    timing?: FaultTiming,
  ): Fault<N>;
  /**
   * Carries the request out this much later, or with `after` at once and answers later. What its connection asks for next waits
   * behind it. When the connection closes first, the delay is over.
   */
  delay(duration: Duration, timing?: FaultTiming): Fault<N>;
  /** Never answers, and as answers come in order, nothing that its connection asks for afterwards. The connection stays. */
  drop(timing?: FaultTiming): Fault<N>;
  /** Closes the connection in place of an answer. */
  close(timing?: FaultTiming): Fault<N>;
  /**
   * Carries the request out, sends the first `bytes` bytes of the answer, its length field included, and closes the connection.
   * A negative number leaves so many off the end.
   */
  truncate(bytes: number): Fault<N>;
}

/**
 * What goes wrong in a broker on purpose. Of several faults that fit a request, the one set first strikes.
 *
 * ```ts
 * broker.faults.on("Produce", { topic: "orders", times: 1 }).reply("NOT_LEADER_OR_FOLLOWER");
 * ```
 */
export interface Faults {
  /**
   * Chooses requests of an API; what happens to them is said by calling a method of the answer.
   *
   * @throws TypeError when no request could ever fit.
   */
  on<N extends ApiName>(api: N, match?: FaultMatch<N>): FaultActions<N>;
  /** The faults that are set, those included that are spent, in the order they were set. */
  readonly all: readonly Fault[];
  /** Every request struck by one of them, fault by fault. */
  readonly hits: readonly FaultHit[];
  /** Removes all faults, each as {@link Fault.remove} does. */
  clear(): void;
}
