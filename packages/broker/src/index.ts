export { Broker } from "./broker.js";
export type { BrokerMetrics } from "./broker-metrics.js";
export { type BrokerLimits, type BrokerOptions, BrokerStartError } from "./broker-options.js";
export type { ConfigValues } from "./config/broker-config.js";
export type { BrokerConfigName } from "./config/broker-config-keys.js";
export { InvalidConfigError } from "./config/config-key.js";
export type { Logger } from "./logger.js";
export type { Address, ListenerOptions } from "./server/listener-options.js";
