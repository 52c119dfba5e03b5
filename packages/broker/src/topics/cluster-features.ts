import type { ClusterMetadata } from "./cluster-metadata.js";

/** The feature levels (KIP-584) that this broker can work at. */
export const supportedFeatures: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ["metadata.version", { min: 7, max: 30 }],
  ["transaction.version", { min: 0, max: 2 }],
]);

/** The level a feature is at: what was set with UpdateFeatures, else the highest. */
export function featureLevel(image: ClusterMetadata, name: string): number {
  return image.feature(name) ?? supportedFeatures.get(name)?.max ?? 0;
}

/** A feature as ApiVersions tells it. */
export interface Feature {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** The level it is at. */
  readonly finalized: number;
}

/** All features. Clients take `transaction.version` 2 as leave to let Produce and TxnOffsetCommit add partitions to their transactions (KIP-890). */
export const featuresOf = (image: ClusterMetadata): readonly Feature[] =>
  [...supportedFeatures].map(([name, { min, max }]) => ({
    name,
    minVersion: min,
    maxVersion: max,
    finalized: featureLevel(image, name),
  }));
