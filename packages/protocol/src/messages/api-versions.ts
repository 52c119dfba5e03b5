import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int16, int32, int64, string } from "../schema/types.js";

export const apiVersions = api({
  key: 18,
  name: "ApiVersions",
  versions: "0-4",
  flexible: "3+",
  request: {
    clientSoftwareName: string({ versions: "3+", ignorable: true }),
    clientSoftwareVersion: string({ versions: "3+", ignorable: true }),
    clusterId: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    nodeId: int32({ versions: "5+", default: -1, ignorable: true }),
  },
  response: {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    supportedFeatures: array(
      {
        name: string({ versions: "3+" }),
        minVersion: int16({ versions: "3+" }),
        maxVersion: int16({ versions: "3+" }),
      },
      { tag: 0, tagged: "3+", ignorable: true },
    ),
    finalizedFeaturesEpoch: int64({ default: -1, tag: 1, tagged: "3+", ignorable: true }),
    finalizedFeatures: array(
      {
        name: string({ versions: "3+" }),
        maxVersionLevel: int16({ versions: "3+" }),
        minVersionLevel: int16({ versions: "3+" }),
      },
      { tag: 2, tagged: "3+", ignorable: true },
    ),
    zkMigrationReady: bool({ default: false, tag: 3, tagged: "3+", ignorable: true }),
  },
});

export interface ApiVersionsRequestInput extends RequestInput<typeof apiVersions> {}
export interface ApiVersionsRequest extends RequestOf<typeof apiVersions> {}
export interface ApiVersionsResponseInput extends ResponseInput<typeof apiVersions> {}
export interface ApiVersionsResponse extends ResponseOf<typeof apiVersions> {}
