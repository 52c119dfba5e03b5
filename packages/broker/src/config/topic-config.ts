import type { BrokerConfig } from "./broker-config.js";
import { type ConfigKey, type ConfigValueOf, InvalidConfigError } from "./config-key.js";
import type { ConfigSynonym } from "./config-source.js";
import { isTopicConfigName, type TopicConfigName, topicConfigKeys } from "./topic-config-keys.js";

type TopicConfigValue<N extends TopicConfigName> = ConfigValueOf<(typeof topicConfigKeys)[N]>;

/** A topic's configuration: its own values over the broker's over the defaults. */
export class TopicConfig {
  readonly #broker: BrokerConfig;
  /** The topic's own values, by name. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly #parsed = new Map<string, unknown>();

  constructor(broker: BrokerConfig, overrides: ReadonlyMap<string, string>) {
    this.#broker = broker;
    this.overrides = overrides;
  }

  get<N extends TopicConfigName>(name: N): TopicConfigValue<N> {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known as TopicConfigValue<N>;
    const parsed = this.#parse(name);
    this.#parsed.set(name, parsed);
    return parsed as TopicConfigValue<N>;
  }

  #parse(name: TopicConfigName): unknown {
    const key: ConfigKey = topicConfigKeys[name];
    const text = this.textOf(name);
    if (text === null) return null;
    const [first] = this.synonymsOf(name);
    // The broker's keys have wider limits than the topic's, and were checked against those.
    const isInherited = first !== undefined && first.source !== "topic";
    return isInherited && key.read !== undefined ? key.read(name, text) : key.parse(name, text);
  }

  /** The value in force, as text. */
  textOf(name: TopicConfigName): string | null {
    const [first] = this.synonymsOf(name);
    if (first === undefined) return topicConfigKeys[name].default;
    return inUnitOf(name, first);
  }

  /** Every place that gives `name` a value, the one in force first; the broker's stand under the broker's names. */
  synonymsOf(name: TopicConfigName): readonly ConfigSynonym[] {
    const synonyms: ConfigSynonym[] = [];
    const own = this.overrides.get(name);
    if (own !== undefined) synonyms.push({ name, value: own, source: "topic" });
    const { brokerKeys } = topicConfigKeys[name];
    // What was set anywhere goes before any default: log.retention.hours set beats log.retention.ms not set.
    const given = brokerKeys.map((key) => this.#broker.synonymsOf(key));
    synonyms.push(...given.flat().filter(({ source }) => source !== "default"));
    synonyms.push(...(given[0] ?? []).filter(({ source }) => source === "default"));
    return synonyms;
  }
}

const hourMs = 3_600_000;
const unitsMs: Readonly<Record<string, number>> = Object.freeze({
  "log.retention.hours": hourMs,
  "log.retention.minutes": 60_000,
  "log.roll.hours": hourMs,
  "log.roll.jitter.hours": hourMs,
});

/** A broker's coarser unit in the topic's milliseconds; any retention below zero is "no limit". */
function inUnitOf(name: TopicConfigName, { name: key, value }: ConfigSynonym): string | null {
  if (key === name || value === null) return value;
  if (key.startsWith("log.retention.") && key !== "log.retention.bytes" && Number(value) < 0) return "-1";
  const unitMs = unitsMs[key];
  return unitMs === undefined ? value : String(Number(value) * unitMs);
}

/** Checks a topic's own values, one by one and together. @throws {@link InvalidConfigError} */
export function checkTopicConfig(values: ReadonlyMap<string, string>): void {
  for (const [name, text] of values) {
    if (!isTopicConfigName(name)) throw new InvalidConfigError(`Unknown topic config name: ${name}`);
    const key: ConfigKey = topicConfigKeys[name];
    key.parse(name, text);
  }
  const least = values.get("min.compaction.lag.ms");
  const most = values.get("max.compaction.lag.ms");
  if (least !== undefined && most !== undefined && Number(least) > Number(most)) {
    throw new InvalidConfigError(
      `conflict topic config setting min.compaction.lag.ms (${least}) > max.compaction.lag.ms (${most})`,
    );
  }
  if (values.get("remote.storage.enable") === "true") {
    throw new InvalidConfigError("Tiered Storage functionality is disabled in the broker");
  }
}
