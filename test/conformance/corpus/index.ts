import type { Case } from "../case.js";
import type { Served } from "../served.js";
import { adminFields } from "./admin-fields.js";
import { batchCases } from "./batch-cases.js";
import { commitCases } from "./commit-cases.js";
import { fetchCases } from "./fetch-cases.js";
import { fieldCases } from "./field-cases.js";
import { frameCases } from "./frame-cases.js";
import { groupCases } from "./group-cases.js";
import { groupFields } from "./group-fields.js";
import { idempotenceCases } from "./idempotence-cases.js";
import { offsetCases } from "./offset-cases.js";
import { recordFields } from "./record-fields.js";
import { transactionCases } from "./transaction-cases.js";
import { transactionFields } from "./transaction-fields.js";

/** Every case, by what both serve. */
export const corpusOf = (served: Served): readonly Case[] => [
  ...fieldCases(served, [...recordFields, ...groupFields, ...transactionFields, ...adminFields]),
  ...batchCases(served),
  ...idempotenceCases(served),
  ...fetchCases(served),
  ...offsetCases(served),
  ...groupCases(served),
  ...commitCases(served),
  ...transactionCases(served),
  ...frameCases(served),
];
