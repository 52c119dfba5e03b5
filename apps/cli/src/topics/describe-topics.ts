import type { Admin } from "@ottla/client";
import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla topics describe`: partitions with their leaders and offsets, and the configuration that is not the default. */
export async function describeTopics(
  terminal: Terminal,
  names: readonly string[],
  options: ClusterOptions,
): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const admin = kafka.admin();
    const topics = await admin.topics.describe(names, { signal: terminal.signal });
    for (const topic of topics) {
      if (topic.error !== undefined) continue;
      const places = topic.partitions.map(({ partition }) => ({ topic: topic.name, partition }));
      const [config, first, last] = await Promise.all([
        overriddenConfig(admin, topic.name, terminal.signal),
        admin.offsets.list(places.map((place) => ({ ...place, at: "earliest" as const }))),
        admin.offsets.list(places.map((place) => ({ ...place, at: "latest" as const }))),
      ]);
      const partitions = topic.partitions.map(
        ({ partition, leader, leaderEpoch, replicas, inSyncReplicas }, index) => ({
          partition,
          leader,
          epoch: leaderEpoch,
          replicas: replicas.join(","),
          isr: inSyncReplicas.join(","),
          first: first[index]?.offset ?? null,
          end: last[index]?.offset ?? null,
        }),
      );
      if (options.json) {
        await terminal.write(jsonLine({ topic: topic.name, topicId: topic.topicId, config, partitions }));
        continue;
      }
      const settings = Object.entries(config).map(([name, value]) => `  ${name}=${value}\n`);
      await terminal.write(`${topic.name}  id ${topic.topicId}\n${settings.join("")}${table(partitions)}`);
    }
    throwIfFailed(topics);
  });
}

async function overriddenConfig(
  admin: Admin,
  name: string,
  signal: AbortSignal,
): Promise<Record<string, string | null>> {
  const [described] = await admin.configs.describe([{ type: "topic", name }], { signal });
  const own = described?.entries.filter(({ source }) => source === "topic") ?? [];
  return Object.fromEntries(own.map(({ name: setting, value }) => [setting, value]));
}
