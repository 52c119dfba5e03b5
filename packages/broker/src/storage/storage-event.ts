interface OfPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Something an operator should know. The store goes on; who opened it decides how to tell. */
export type StorageEvent =
  | ({
      readonly kind: "tailCut";
      readonly offset: number;
      readonly bytes: number;
      readonly reason: string;
    } & OfPartition)
  | ({ readonly kind: "partitionFenced"; readonly reason: string } & OfPartition)
  | ({ readonly kind: "writeFailed"; readonly error: unknown } & OfPartition)
  | { readonly kind: "storeFailed"; readonly error: unknown }
  | ({ readonly kind: "retentionFailed"; readonly error: unknown } & OfPartition)
  | ({ readonly kind: "compactionFailed"; readonly error: unknown } & OfPartition)
  | { readonly kind: "workerFailed"; readonly error: unknown }
  | { readonly kind: "checkpointFailed"; readonly error: unknown }
  | { readonly kind: "removalFailed"; readonly path: string; readonly error: unknown };
