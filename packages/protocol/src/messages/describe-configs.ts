import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int8, int16, int32, string } from "../schema/types.js";

export const describeConfigs = api({
  key: 32,
  name: "DescribeConfigs",
  versions: "1-4",
  flexible: "4+",
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: "0+" }),
    }),
    includeSynonyms: bool({ versions: "1+", default: false }),
    includeDocumentation: bool({ versions: "3+", default: false }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: "0+" }),
        readOnly: bool(),
        configSource: int8({ versions: "1+", default: -1, ignorable: true }),
        isSensitive: bool(),
        synonyms: array(
          {
            name: string({ versions: "1+" }),
            value: string({ versions: "1+", nullable: "0+" }),
            source: int8({ versions: "1+" }),
          },
          { versions: "1+", ignorable: true },
        ),
        configType: int8({ versions: "3+", default: 0, ignorable: true }),
        documentation: string({ versions: "3+", nullable: "0+", ignorable: true }),
      }),
    }),
  },
});

export interface DescribeConfigsRequestInput extends RequestInput<typeof describeConfigs> {}
export interface DescribeConfigsRequest extends RequestOf<typeof describeConfigs> {}
export interface DescribeConfigsResponseInput extends ResponseInput<typeof describeConfigs> {}
export interface DescribeConfigsResponse extends ResponseOf<typeof describeConfigs> {}
