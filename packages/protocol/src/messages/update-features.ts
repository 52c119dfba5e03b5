import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int8, int16, int32, string } from "../schema/types.js";

export const updateFeatures = api({
  key: 57,
  name: "UpdateFeatures",
  versions: "0-2",
  flexible: "0+",
  request: {
    timeoutMs: int32({ default: 60000 }),
    featureUpdates: array({
      feature: string(),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ versions: "0" }),
      upgradeType: int8({ versions: "1+", default: 1 }),
    }),
    validateOnly: bool({ versions: "1+", default: false }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    results: array(
      {
        feature: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" }),
      },
      { versions: "0-1", ignorable: true },
    ),
  },
});

export interface UpdateFeaturesRequestInput extends RequestInput<typeof updateFeatures> {}
export interface UpdateFeaturesRequest extends RequestOf<typeof updateFeatures> {}
export interface UpdateFeaturesResponseInput extends ResponseInput<typeof updateFeatures> {}
export interface UpdateFeaturesResponse extends ResponseOf<typeof updateFeatures> {}
