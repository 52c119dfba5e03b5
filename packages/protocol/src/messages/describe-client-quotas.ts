import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, float64, int8, int16, int32, string } from "../schema/types.js";

export const describeClientQuotas = api({
  key: 48,
  name: "DescribeClientQuotas",
  versions: "0-1",
  flexible: "1+",
  request: {
    components: array({ entityType: string(), matchType: int8(), match: string({ nullable: "0+" }) }),
    strict: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    entries: array(
      {
        entity: array({ entityType: string(), entityName: string({ nullable: "0+" }) }),
        values: array({ key: string(), value: float64() }),
      },
      { nullable: "0+" },
    ),
  },
});

export interface DescribeClientQuotasRequestInput extends RequestInput<typeof describeClientQuotas> {}
export interface DescribeClientQuotasRequest extends RequestOf<typeof describeClientQuotas> {}
export interface DescribeClientQuotasResponseInput extends ResponseInput<typeof describeClientQuotas> {}
export interface DescribeClientQuotasResponse extends ResponseOf<typeof describeClientQuotas> {}
