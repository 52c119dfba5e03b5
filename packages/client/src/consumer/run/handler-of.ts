import type { Topic } from "../../contract/topic.js";
import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import type { AnyHandler } from "./handler-runner.js";

/**
 * Finds the handler of a topic among those that `run` was given: one for all, or one for each by its name.
 *
 * @param known - Topics that are read for certain: it is told at once if one of them has none.
 * @throws KafkaConfigError
 */
export function handlerOf(handlers: unknown, known: readonly Topic[]): (topic: string) => AnyHandler {
  if (typeof handlers === "function") return () => handlers as AnyHandler;
  const byTopic = handlers as { readonly [topic: string]: AnyHandler | undefined };
  const find = (topic: string): AnyHandler => {
    const handler = byTopic[topic];
    if (typeof handler !== "function") throw new KafkaConfigError(`run: no handler for topic ${topic}`);
    return handler;
  };
  for (const topic of known) find(topic.name);
  return find;
}
