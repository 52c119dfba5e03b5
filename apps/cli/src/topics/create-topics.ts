import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { configPairs } from "../config-pairs.js";
import { jsonLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

interface CreateOptions extends ClusterOptions {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config: readonly string[];
  readonly ifNotExists?: true;
}

/** `ottla topics create`. */
export async function createTopics(
  terminal: Terminal,
  names: readonly string[],
  options: CreateOptions,
): Promise<void> {
  const config = configPairs(options.config);
  await withKafka(terminal, options, async (kafka) => {
    const { partitions, replicationFactor } = options;
    const outcomes = await kafka.admin().topics.create(
      names.map((name) => ({ name, partitions, replicationFactor, config })),
      { signal: terminal.signal },
    );
    for (const { name, partitions: count, topicId, error } of outcomes) {
      if (error !== undefined) continue;
      await terminal.write(
        options.json
          ? jsonLine({ topic: name, partitions: count, topicId })
          : `created ${name} with ${count} partitions\n`,
      );
    }
    throwIfFailed(outcomes.filter(({ error }) => !(options.ifNotExists && error?.code === "TOPIC_ALREADY_EXISTS")));
  });
}
