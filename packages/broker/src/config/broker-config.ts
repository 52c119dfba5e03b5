import { type BrokerConfigName, brokerConfigKeys, isBrokerConfigName } from "./broker-config-keys.js";
import { type ConfigValueOf, InvalidConfigError } from "./config-key.js";
import type { ConfigSynonym } from "./config-source.js";

/** Values by Kafka's names, as they are given to a broker or topic. */
export type ConfigValues<Name extends string> = { readonly [N in Name]?: string | number | boolean | undefined };

type BrokerConfigValue<N extends BrokerConfigName> = ConfigValueOf<(typeof brokerConfigKeys)[N]>;

/** Which brokers a dynamic value is for: this one, or all that have none of their own. */
export type DynamicScope = "broker" | "default";

/** The broker's configuration: what it was started with, over that what was altered while it runs. */
export class BrokerConfig {
  readonly #static = new Map<string, string>();
  readonly #dynamic = { broker: new Map<string, string>(), default: new Map<string, string>() };
  readonly #parsed = new Map<string, unknown>();
  readonly #listeners = new Set<() => void>();

  /** @throws {@link InvalidConfigError} for an unknown name or a value it cannot take. */
  constructor(values: ConfigValues<BrokerConfigName> = {}) {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      if (!isBrokerConfigName(name)) throw new InvalidConfigError(`Unknown broker configuration ${name}`);
      const text = String(value);
      brokerConfigKeys[name].parse(name, text);
      this.#static.set(name, text);
    }
  }

  get<N extends BrokerConfigName>(name: N): BrokerConfigValue<N> {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known as BrokerConfigValue<N>;
    const text = this.textOf(name);
    const parsed = text === null ? null : brokerConfigKeys[name].parse(name, text);
    this.#parsed.set(name, parsed);
    return parsed as BrokerConfigValue<N>;
  }

  /** The value in force, as text. */
  textOf(name: string): string | null {
    return this.synonymsOf(name)[0]?.value ?? null;
  }

  /** Every place that gives `name` a value, the one in force first. */
  synonymsOf(name: string): readonly ConfigSynonym[] {
    const synonyms: ConfigSynonym[] = [];
    const own = this.#dynamic.broker.get(name);
    if (own !== undefined) synonyms.push({ name, value: own, source: "dynamicBroker" });
    const shared = this.#dynamic.default.get(name);
    if (shared !== undefined) synonyms.push({ name, value: shared, source: "dynamicDefaultBroker" });
    const started = this.#static.get(name);
    if (started !== undefined) synonyms.push({ name, value: started, source: "staticBroker" });
    const fallback = isBrokerConfigName(name) ? brokerConfigKeys[name].default : null;
    if (fallback !== null) synonyms.push({ name, value: fallback, source: "default" });
    return synonyms;
  }

  /** Everything that was altered in a scope. */
  dynamicValues(scope: DynamicScope): ReadonlyMap<string, string> {
    return this.#dynamic[scope];
  }

  /** Takes over a dynamic value; `null` removes it. Values come checked: see {@link checkBrokerValue}. */
  setDynamic(scope: DynamicScope, name: string, value: string | null): void {
    if (value === null) this.#dynamic[scope].delete(name);
    else this.#dynamic[scope].set(name, value);
    this.#parsed.clear();
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}

/** Whether a key may be altered while the broker runs; a name that is nobody's may, and does nothing. */
export const isDynamic = (name: string): boolean =>
  !isBrokerConfigName(name) || brokerConfigKeys[name].update === "dynamic";

/** @throws {@link InvalidConfigError} for a value that the key cannot take. */
export function checkBrokerValue(name: string, value: string): void {
  if (isBrokerConfigName(name)) brokerConfigKeys[name].parse(name, value);
}
