export { contractPattern } from "./contract-pattern.js";
export { ContractStrategy, type ContractStrategyOptions } from "./contract-strategy.js";
