import type { TestProject } from "vitest/node";
import type { ApacheKafka } from "../client/behaviour/target.js";
import { KafkaCluster, user } from "./kafka-cluster.js";
import { kafkaJars, kafkaRelease } from "./kafka-release.js";

/** Starts the cluster that all suites of `npm run test:kafka` share, and ends it behind the last. */
export default async function clusterSetup(project: TestProject): Promise<() => Promise<void>> {
  const jars = kafkaJars();
  if ("missing" in jars) {
    console.error(`Apache Kafka ${kafkaRelease} cannot be started: ${jars.missing}`);
    project.provide("apacheKafka", { missing: jars.missing });
    return async () => {};
  }
  const cluster = await KafkaCluster.start(jars.classPath);
  const provided: ApacheKafka = {
    release: kafkaRelease,
    size: cluster.nodes.length,
    bootstrap: cluster.addresses("PLAINTEXT"),
    mutualTls: cluster.addresses("SSL"),
    saslSsl: cluster.addresses("SASL_SSL"),
    user,
  };
  project.provide("apacheKafka", provided);
  return () => cluster.stop();
}
