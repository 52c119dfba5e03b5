import type { Admin } from "@ottla/client";
import { RegistryStartError } from "../registry-start-error.js";

/**
 * Creates the topic where it is missing: one partition, compacted, as many replicas as the cluster gives by default. A topic
 * that would lose schemas is refused: with several partitions there is no one order of the records, and without compaction,
 * or with deletion, retention ends what clients still need.
 *
 * @throws {@link RegistryStartError} `UNFIT_TOPIC`
 */
export async function requireSchemasTopic(admin: Admin, topic: string, signal: AbortSignal): Promise<void> {
  const [found] = await admin.topics.describe([topic], { signal });
  if (found === undefined || found.error?.code === "UNKNOWN_TOPIC_OR_PARTITION") await create(admin, topic, signal);
  else if (found.error !== undefined) throw found.error;
  const [described] = await admin.topics.describe([topic], { signal });
  const count = described?.partitions.length ?? 0;
  if (count > 1) {
    throw new RegistryStartError("UNFIT_TOPIC", `topic "${topic}" has ${count} partitions; schemas need one order: 1`);
  }
  const [configured] = await admin.configs.describe([{ type: "topic", name: topic }], { signal });
  if (configured?.error !== undefined) throw configured.error;
  const policy = configured?.entries.find(({ name }) => name === "cleanup.policy")?.value;
  if (policy !== "compact") {
    throw new RegistryStartError(
      "UNFIT_TOPIC",
      `topic "${topic}" has cleanup.policy=${policy}, and would delete schemas in time; it must be compact`,
    );
  }
}

async function create(admin: Admin, topic: string, signal: AbortSignal): Promise<void> {
  const config = { "cleanup.policy": "compact" };
  const [created] = await admin.topics.create([{ name: topic, partitions: 1, config }], { signal });
  // Another registry may have been quicker.
  if (created?.error !== undefined && created.error.code !== "TOPIC_ALREADY_EXISTS") throw created.error;
}
