import { KafkaProtocolError } from "@ottla/protocol";
import { checkBrokerValue, isDynamic } from "./broker-config.js";
import { InvalidConfigError } from "./config-key.js";

/** What belongs to one broker, so that there is no default of it for all. */
const perBroker: ReadonlySet<string> = new Set([
  "listeners",
  "listener.security.protocol.map",
  "principal.builder.class",
]);

/**
 * Checks changes of dynamic broker values, one node's or (`""`) all nodes'; `null` takes one away.
 *
 * @throws {@link KafkaProtocolError} `INVALID_REQUEST`, which Kafka also has for values that a key cannot take.
 */
export function checkBrokerUpdate(node: string, changes: ReadonlyMap<string, string | null>): void {
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
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    throw new KafkaProtocolError("INVALID_REQUEST", error.message, { cause: error });
  }
}
