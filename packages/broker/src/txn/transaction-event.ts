import type { ProtocolErrorCode } from "@ottla/protocol";
import type {
  ClientTransactionVersion,
  ProducerIdentity,
  TopicPartition,
  TransactionResult,
  TransactionState,
} from "./transaction-state.js";

/** What happens to a transactional id. */
export type TransactionEvent =
  | {
      readonly kind: "initProducer";
      readonly timeoutMs: number;
      /** Who the producer believes to be, when it asks to go on after an error (KIP-360). */
      readonly expected: ProducerIdentity | undefined;
    }
  | {
      readonly kind: "addPartitions";
      readonly producer: ProducerIdentity;
      readonly partitions: readonly TopicPartition[];
      readonly version: ClientTransactionVersion;
    }
  | {
      readonly kind: "end";
      readonly producer: ProducerIdentity;
      readonly result: TransactionResult;
      readonly version: ClientTransactionVersion;
    }
  /** It was open for longer than its producer said. */
  | { readonly kind: "timedOut" }
  | { readonly kind: "markersWritten" };

export interface StepContext {
  readonly now: number;
  /** A producer id nobody has, where a step asked for one. */
  readonly freshProducerId: number | undefined;
}

/** What comes of an event. */
export type Transition =
  | { readonly kind: "refused"; readonly error: ProtocolErrorCode }
  /** Nothing to write; the answer is who the producer is. */
  | { readonly kind: "unchanged"; readonly producer: ProducerIdentity }
  | {
      readonly kind: "changed";
      readonly next: TransactionState;
      /** Who the producer is once this is durable: what it is answered. */
      readonly producer: ProducerIdentity;
      /** The producer is fenced and told to ask again when its transaction is aborted. */
      readonly isRetriedLater?: true;
    }
  /** Step again with a fresh producer id. */
  | { readonly kind: "needsProducerId" };

export const refused = (error: ProtocolErrorCode): Transition => ({ kind: "refused", error });

export const changed = (next: TransactionState): Transition => ({ kind: "changed", next, producer: identityOf(next) });

export const unchanged = (state: TransactionState): Transition => ({ kind: "unchanged", producer: identityOf(state) });

export const identityOf = ({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity => ({
  producerId,
  producerEpoch,
});
