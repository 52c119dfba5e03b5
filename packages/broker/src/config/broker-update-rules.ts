import { KafkaProtocolError } from "@ottla/protocol";
import { type BrokerConfig, checkBrokerValue, isDynamic } from "./broker-config.js";
import { InvalidConfigError } from "./config-key.js";

/** What belongs to one broker, so that there is no default of it for all. */
const perBroker: ReadonlySet<string> = new Set([
  "listeners",
  "listener.security.protocol.map",
  "principal.builder.class",
]);

/** There are no such threads here; whoever sets them is told what Kafka tells. */
const threadCounts: ReadonlySet<string> = new Set([
  "background.threads",
  "log.cleaner.threads",
  "num.io.threads",
  "num.network.threads",
  "num.recovery.threads.per.data.dir",
  "num.replica.fetchers",
  "remote.log.manager.copier.thread.pool.size",
  "remote.log.manager.expiration.thread.pool.size",
  "remote.log.manager.follower.thread.pool.size",
  "remote.log.reader.threads",
]);

/**
 * Checks changes of dynamic broker values, one node's or (`""`) all nodes'; `null` takes one away.
 *
 * @throws {@link KafkaProtocolError} `INVALID_REQUEST`, which Kafka also has for values that a key cannot take.
 */
export function checkBrokerUpdate(
  config: BrokerConfig,
  node: string,
  changes: ReadonlyMap<string, string | null>,
): void {
  // Taking away what cannot have been set changes nothing, and is allowed.
  const names = [...changes].flatMap(([name, value]) => (value === null ? [] : [name]));
  const refuse = (text: string, refused: readonly string[]) => {
    if (refused.length > 0) throw new KafkaProtocolError("INVALID_REQUEST", `${text}: [${refused.join(", ")}]`);
  };
  refuse(
    "Cannot update these configs dynamically",
    names.filter((name) => !isDynamic(name)),
  );
  refuse(
    "These are of a listener, and are updated with its prefix",
    names.filter((name) => name.startsWith("ssl.")),
  );
  if (node === "")
    refuse(
      "These are of one broker, not of all",
      names.filter((name) => perBroker.has(name)),
    );
  refuse(
    "Nobody could connect, as there are no exceptions to it",
    names.filter((name) => name === "max.connections.per.ip" && changes.get(name)?.trim() === "0"),
  );
  try {
    for (const [name, value] of changes) if (value !== null) checkBrokerValue(name, value);
    for (const [name, value] of changes) if (threadCounts.has(name)) checkThreads(config, node, name, value);
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    throw new KafkaProtocolError("INVALID_REQUEST", error.message, { cause: error });
  }
}

/** A number of threads changes to its double or half at most. @throws {@link InvalidConfigError} */
function checkThreads(config: BrokerConfig, node: string, name: string, value: string | null): void {
  const scope = node === "" ? "dynamicDefaultBroker" : "dynamicBroker";
  const others = config.synonymsOf(name).filter(({ source }) => source !== scope);
  // What one broker has of its own stays in force.
  if (node === "" && others[0]?.source === "dynamicBroker") return;
  const current = Number(config.textOf(name));
  const next = Number(value ?? others[0]?.value);
  if (next === current) return;
  const refuse = (what: string) => {
    throw new InvalidConfigError(`${name} cannot be changed from ${current} to ${next}, ${what}`);
  };
  if (next > current * 2) refuse("which is more than its double");
  if (next < Math.max(Math.floor(current / 2), 1)) refuse("which is less than half of it, or none");
}
