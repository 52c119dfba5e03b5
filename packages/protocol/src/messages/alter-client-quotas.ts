import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, float64, int16, int32, string } from "../schema/types.js";

export const alterClientQuotas = api({
  key: 49,
  name: "AlterClientQuotas",
  versions: "0-1",
  flexible: "1+",
  request: {
    entries: array({
      entity: array({ entityType: string(), entityName: string({ nullable: "0+" }) }),
      ops: array({ key: string(), value: float64(), remove: bool() }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      entity: array({ entityType: string(), entityName: string({ nullable: "0+" }) }),
    }),
  },
});

export interface AlterClientQuotasRequestInput extends RequestInput<typeof alterClientQuotas> {}
export interface AlterClientQuotasRequest extends RequestOf<typeof alterClientQuotas> {}
export interface AlterClientQuotasResponseInput extends ResponseInput<typeof alterClientQuotas> {}
export interface AlterClientQuotasResponse extends ResponseOf<typeof alterClientQuotas> {}
