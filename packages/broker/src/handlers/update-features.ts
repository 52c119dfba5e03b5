import { apis, type UpdateFeaturesRequest } from "@ottla/protocol";
import { featureLevel, supportedFeatures } from "../topics/cluster-features.js";
import type { ClusterMetadata } from "../topics/cluster-metadata.js";
import { errorFields, noError } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 the kind of update in place of a flag, validateOnly; v2 one error for all of them (KIP-1022). All or nothing.

type Update = UpdateFeaturesRequest["featureUpdates"][number];

const upgrade = 1;
const safeDowngrade = 2;
const unsafeDowngrade = 3;

const handle: Handler<typeof apis.UpdateFeatures> = async ({ broker }, request, version) => {
  const { featureUpdates, validateOnly } = request;
  const { metadata } = broker.topics;
  for (const update of featureUpdates) {
    const problem = problemOf(metadata.image, update, version);
    if (problem === undefined) continue;
    const { feature, maxVersionLevel } = update;
    const text = `Nothing was updated, because version ${maxVersionLevel} of ${feature} cannot be: ${problem}`;
    return { throttleTimeMs: 0, ...errorFields("INVALID_UPDATE_VERSION", text), results: [] };
  }
  const changed = featureUpdates.filter(
    ({ feature, maxVersionLevel }) => featureLevel(metadata.image, feature) !== maxVersionLevel,
  );
  if (!validateOnly && changed.length > 0) {
    await metadata.append(
      changed.map(({ feature, maxVersionLevel }) => ({
        type: "featureLevel",
        name: feature,
        featureLevel: maxVersionLevel,
      })),
    );
  }
  const results = featureUpdates.map(({ feature }) => ({ feature, errorCode: 0, errorMessage: "NONE" }));
  return { throttleTimeMs: 0, ...noError, ...(version < 2 ? { results } : {}) };
};

function problemOf(image: ClusterMetadata, update: Update, version: number): string | undefined {
  const { feature, maxVersionLevel: level } = update;
  if (level < 0) return "a version cannot be less than 0";
  const kind = version === 0 ? (update.allowDowngrade ? safeDowngrade : upgrade) : update.upgradeType;
  if (kind !== upgrade && kind !== safeDowngrade && kind !== unsafeDowngrade) {
    return `an update of type ${kind} is not known`;
  }
  const supported = supportedFeatures.get(feature);
  if (supported === undefined) return "this broker does not have the feature";
  if (level < supported.min || level > supported.max) {
    return `this broker supports versions ${supported.min}-${supported.max}`;
  }
  const current = featureLevel(image, feature);
  if (level >= current) return undefined;
  if (kind === upgrade) return `it is at ${current}, and an upgrade does not lower it`;
  return feature === "metadata.version" ? `the metadata of version ${current} would lose something` : undefined;
}

export const updateFeaturesEntry: HandlerEntry<typeof apis.UpdateFeatures> = { api: apis.UpdateFeatures, handle };
