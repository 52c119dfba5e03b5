/** Where a value came from, with DescribeConfigs' numbers. */
export const configSources = Object.freeze({
  topic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  brokerLogger: 6,
  clientMetrics: 7,
  group: 8,
});
export type ConfigSource = keyof typeof configSources;

/** One place that gives a key a value. */
export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}
