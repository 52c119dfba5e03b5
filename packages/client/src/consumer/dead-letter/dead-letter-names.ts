import { KafkaConfigError } from "../../errors/kafka-config-error.js";
import type { DeadLetterTopic } from "./dead-letter-of.js";

/** Dead-letter topics by the names of their origins. @throws KafkaConfigError when an origin has two */
export function deadLetterNames(
  topics: DeadLetterTopic | readonly DeadLetterTopic[] | undefined,
): ReadonlyMap<string, DeadLetterTopic> {
  const byOrigin = new Map<string, DeadLetterTopic>();
  for (const deadLetter of topics === undefined ? [] : "name" in topics ? [topics] : topics) {
    for (const origin of deadLetter.origins) {
      const other = byOrigin.get(origin);
      if (other !== undefined) {
        throw new KafkaConfigError(`deadLetter: ${other.name} and ${deadLetter.name} are both for topic ${origin}`);
      }
      byOrigin.set(origin, deadLetter);
    }
  }
  return byOrigin;
}

/** The dead-letter topic of `origin`: the one named for it, else the one that `deadLetterOf` would name. */
export function deadLetterName(named: ReadonlyMap<string, DeadLetterTopic>, origin: string): string {
  return named.get(origin)?.name ?? `${origin}.dlq`;
}
