import { type Api, apis, encodeResponse, protocolErrors } from "@ottla/protocol";
import { featuresIn } from "../releases/release.js";
import { featuresOf } from "../topics/cluster-features.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 throttle time; v3 flexible, client software (KIP-511), features (KIP-584); v4 also shows features whose minimum is 0.

const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

const rangeOf = ({ api, advertisedMinVersion, minVersion, maxVersion }: HandlerEntry) => ({
  apiKey: api.key,
  minVersion: advertisedMinVersion ?? minVersion ?? api.minVersion,
  maxVersion: maxVersion ?? api.maxVersion,
});

const handle: Handler<typeof apis.ApiVersions> = (
  { broker },
  { clientSoftwareName, clientSoftwareVersion },
  version,
) => {
  if (version >= 3 && !(softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion))) {
    return { errorCode: protocolErrors.INVALID_REQUEST.wire, apiKeys: [] };
  }
  const { metadata } = broker.topics;
  const features = featuresOf(metadata.image);
  const told = broker.release === undefined ? features : featuresIn(broker.release, features);
  return {
    errorCode: 0,
    apiKeys: [...broker.handlers.values()].map(rangeOf),
    // Clients before v4 take no feature whose minimum is 0.
    supportedFeatures: told.filter(({ minVersion }) => version >= 4 || minVersion > 0),
    finalizedFeaturesEpoch: metadata.log.highWatermark,
    finalizedFeatures: told
      .filter(({ finalized }) => finalized > 0)
      .map(({ name, finalized }) => ({ name, maxVersionLevel: finalized, minVersionLevel: finalized })),
  };
};

export const apiVersionsEntry: HandlerEntry<typeof apis.ApiVersions> = { api: apis.ApiVersions, handle };

/**
 * The answer to a version of ApiVersions that is not served: in the form of version 0, which every client reads, with the
 * one range it needs to ask again, unless the broker acts as a release before KIP-511, which had version 2 at most. `undefined` for any
 * other API: its clients have been told the versions.
 */
export const refuseApiVersions = (entry: HandlerEntry<Api>, correlationId: number): readonly Buffer[] | undefined =>
  entry.api.key === apis.ApiVersions.key
    ? encodeResponse(apis.ApiVersions, 0, correlationId, {
        errorCode: protocolErrors.UNSUPPORTED_VERSION.wire,
        apiKeys: rangeOf(entry).maxVersion < 3 ? [] : [rangeOf(entry)],
      })
    : undefined;
