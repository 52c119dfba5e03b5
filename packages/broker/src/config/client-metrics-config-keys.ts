import { KafkaProtocolError } from "@ottla/protocol";
import { type ConfigKey, InvalidConfigError, int, list, listWords } from "./config-key.js";

const unasked = "Kept for the subscription; no client is asked for metrics here.";

/** What a subscription to clients' metrics (KIP-714) may say. */
export const clientMetricsConfigKeys: Readonly<Record<string, ConfigKey>> = Object.freeze({
  "interval.ms": int(300_000, `How often matching clients push. ${unasked}`),
  match: list("", `Which clients are meant, as name=pattern pairs. ${unasked}`),
  metrics: list("", `Prefixes of the metrics wanted; * is all. ${unasked}`),
});

const shortestMs = 100;
const longestMs = 3_600_000;
const matched: ReadonlySet<string> = new Set([
  "client_id",
  "client_instance_id",
  "client_software_name",
  "client_software_version",
  "client_source_address",
  "client_source_port",
]);

/** Checks what is set for a subscription. @throws {@link InvalidConfigError}, {@link KafkaProtocolError} */
export function checkClientMetricsConfig(values: ReadonlyMap<string, string>): void {
  for (const [name, text] of values) {
    const key = Object.hasOwn(clientMetricsConfigKeys, name) ? clientMetricsConfigKeys[name] : undefined;
    if (key === undefined)
      throw new KafkaProtocolError("INVALID_REQUEST", `Unknown client metrics configuration: ${name}`);
    const value = key.parse(name, text);
    if (typeof value === "number" && (value < shortestMs || value > longestMs)) {
      throw new KafkaProtocolError("INVALID_REQUEST", `${name} is ${value}; it is from ${shortestMs} to ${longestMs}`);
    }
    if (name === "match") for (const pattern of listWords(text)) checkPattern(pattern);
  }
}

function checkPattern(pattern: string): void {
  const [name = "", expression, ...rest] = pattern.split("=");
  if (expression === undefined || rest.length > 0 || !matched.has(name.trim()) || !isExpression(expression)) {
    throw new InvalidConfigError(`Illegal client matching pattern: ${pattern}`);
  }
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
