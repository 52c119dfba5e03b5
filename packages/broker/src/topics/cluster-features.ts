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
