import type { BrokerConfig } from "./broker-config.js";
import { type BrokerConfigName, brokerConfigKeys, isBrokerConfigName } from "./broker-config-keys.js";
import { boolean, type ConfigKey, InvalidConfigError, int, string } from "./config-key.js";
import type { ConfigSynonym } from "./config-source.js";

const later = "Kept for the group; such groups are not served yet.";
const duration = /^by_duration:P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/i;

const offsetReset = string("latest", `Where a share group begins: earliest, latest or by_duration:PT1H. ${later}`);

/** What may be set for one group. Defaults and limits are the broker's, under `group.` and the same name. */
export const groupConfigKeys: Readonly<Record<string, ConfigKey>> = Object.freeze({
  "consumer.assignment.interval.ms": int(1000, `Least time between two assignments. ${later}`, { min: 0 }),
  "consumer.heartbeat.interval.ms": int(5000, `How often a consumer heartbeats. ${later}`, { min: 1 }),
  "consumer.session.timeout.ms": int(45_000, `Silence after which a consumer is dropped. ${later}`, { min: 1 }),
  "share.assignment.interval.ms": int(1000, `Least time between two assignments. ${later}`, { min: 0 }),
  "share.auto.offset.reset": {
    ...offsetReset,
    parse(name: string, text: string) {
      if (text !== "earliest" && text !== "latest" && !duration.test(text)) {
        throw new InvalidConfigError(
          `Invalid value ${text} for configuration ${name}: it is neither earliest nor latest nor by_duration: and a duration`,
        );
      }
      return text;
    },
  },
  "share.delivery.count.limit": int(5, `How often a record is delivered before it is given up. ${later}`, { min: 2 }),
  "share.heartbeat.interval.ms": int(5000, `How often a share consumer heartbeats. ${later}`, { min: 1 }),
  "share.isolation.level": string("read_uncommitted", `Whether open transactions are read. ${later}`, {
    oneOf: ["read_committed", "read_uncommitted"],
  }),
  "share.partition.max.record.locks": int(2000, `Most records of a partition in delivery. ${later}`, { min: 100 }),
  "share.record.lock.duration.ms": int(30_000, `How long a consumer may hold a record. ${later}`, { min: 1000 }),
  "share.renew.acknowledge.enable": boolean(true, `Whether a consumer may hold a record for longer. ${later}`),
  "share.session.timeout.ms": int(45_000, `Silence after which a share consumer is dropped. ${later}`, { min: 1 }),
  "streams.assignment.interval.ms": int(1000, `Least time between two assignments. ${later}`, { min: 0 }),
  "streams.heartbeat.interval.ms": int(5000, `How often a streams member heartbeats. ${later}`, { min: 1 }),
  "streams.initial.rebalance.delay.ms": int(3000, `How long a new group waits for members. ${later}`, { min: 0 }),
  "streams.num.standby.replicas": int(0, `Standby copies of each task. ${later}`, { min: 0 }),
  "streams.session.timeout.ms": int(45_000, `Silence after which a streams member is dropped. ${later}`, { min: 1 }),
});

/** Every place that gives a group's key a value, the one in force first. */
export function groupSynonyms(
  broker: BrokerConfig,
  own: ReadonlyMap<string, string>,
  name: string,
): readonly ConfigSynonym[] {
  const value = own.get(name);
  const set: ConfigSynonym[] = value === undefined ? [] : [{ name, value, source: "group" }];
  const brokerName = `group.${name}`;
  const fallback = groupConfigKeys[name]?.default ?? null;
  return [
    ...set,
    ...(isBrokerConfigName(brokerName)
      ? broker.synonymsOf(brokerName)
      : [{ name, value: fallback, source: "default" } as const]),
  ];
}

/** Checks a group's own values against their keys and the broker's limits. @throws {@link InvalidConfigError} */
export function checkGroupConfig(broker: BrokerConfig, values: ReadonlyMap<string, string>): void {
  for (const [name, text] of values) {
    const key = Object.hasOwn(groupConfigKeys, name) ? groupConfigKeys[name] : undefined;
    if (key === undefined) throw new InvalidConfigError(`Unknown group config name: ${name}`);
    const value = key.parse(name, text);
    const least = limitOf(broker, name, "min");
    if (typeof value !== "number") continue;
    if (least !== undefined && value < least.value) {
      throw new InvalidConfigError(
        `${name} (${value}) must be greater than or equal to ${least.name} (${least.value})`,
      );
    }
    const most = limitOf(broker, name, "max");
    if (most !== undefined && value > most.value) {
      throw new InvalidConfigError(`${name} (${value}) must be less than or equal to ${most.name} (${most.value})`);
    }
  }
}

/** The broker's limit of a group's key: `group.consumer.min.session.timeout.ms` of `consumer.session.timeout.ms`. */
function limitOf(broker: BrokerConfig, name: string, end: "min" | "max"): { name: string; value: number } | undefined {
  const [kind = "", ...rest] = name.replace(".num.standby", ".standby").split(".");
  const limit: string = `group.${kind}.${end}.${rest.join(".")}`;
  if (!isBrokerConfigName(limit) || brokerConfigKeys[limit].type !== "int") return undefined;
  return { name: limit, value: Number(broker.get(limit satisfies BrokerConfigName)) };
}
