import type { Admin } from "@ottla/client";
import { nodeWorld } from "@ottla/world";
import { type PartitionContent, partitionContent } from "../../kit/partition-content.js";
import { WireClient } from "../../kit/wire-client.js";
import type { KafkaCluster } from "../kafka-cluster.js";

/** All that the leaders of a topic's partitions hold, read by nothing of the client's. */
export async function logContents(cluster: KafkaCluster, admin: Admin, topic: string): Promise<PartitionContent[]> {
  const [described] = await admin.topics.describe([topic]);
  return Promise.all(
    (described?.partitions ?? []).map(async ({ partition, leader }) => {
      const node = cluster.nodes.find(({ id }) => id === leader);
      const [host = "", port = ""] = (node?.address("PLAINTEXT") ?? "").split(":");
      const client = new WireClient(nodeWorld.network, { host, port: Number(port) });
      try {
        return await partitionContent(client, topic, partition);
      } finally {
        client.close();
      }
    }),
  );
}
