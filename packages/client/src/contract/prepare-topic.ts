import type { AnySerde, PrepareContext, RecordPart } from "../serde/serde.js";
import { headerSerde } from "./headers.js";
import type { Topic } from "./topic.js";

/** Readies the serdes of a topic: all network that they need happens here. Several calls for one topic are fine. */
export async function prepareTopic(
  topic: Topic,
  options: Pick<PrepareContext, "direction" | "registry" | "signal"> = {},
): Promise<void> {
  const prepare = (serde: AnySerde, part: RecordPart) => serde.prepare?.({ ...options, topic: topic.name, part });
  await prepare(topic.key, "key");
  await prepare(topic.value, "value");
  for (const header of Object.values(topic.headers)) await prepare(headerSerde(header).serde, "header");
}
