// Bits are 1 << AclOperation code. Without an authorizer everybody may do everything a resource knows.
const bits = (...codes: readonly number[]): number => codes.reduce((set, code) => set | (1 << code), 0);

const read = 3;
const write = 4;
const create = 5;
const remove = 6;
const alter = 7;
const describe = 8;
const clusterAction = 9;
const describeConfigs = 10;
const alterConfigs = 11;
const idempotentWrite = 12;

export const topicOperations = bits(read, write, create, remove, alter, describe, describeConfigs, alterConfigs);
export const clusterOperations = bits(
  create,
  alter,
  describe,
  clusterAction,
  describeConfigs,
  alterConfigs,
  idempotentWrite,
);
export const groupOperations = bits(read, remove, describe, describeConfigs, alterConfigs);
/** Nobody asked. */
export const operationsNotAsked = -2_147_483_648;
