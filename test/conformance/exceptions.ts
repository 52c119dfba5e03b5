/** A difference that is known. `*` in a pattern stands for anything. */
export interface Exception {
  /** `title of the case / label of the exchange`. */
  readonly where: string;
  readonly path: string;
  /** Kafka's value and ours as JSON, where only certain ones are allowed. */
  readonly kafka?: string;
  readonly ours?: string;
  readonly reason: string;
  /** Does not come up in every run. */
  readonly isRare?: true;
}

const packed =
  "Compressed records are opaque on their way into the log: unpacking them, as Kafka does, costs many times as much as all else.";
const noVolume = "The broker of this test keeps its logs in memory, which has no volume with a size.";
const laterFeatures = "Features of what is not served yet.";
const oneSet =
  "Kafka's controller sets min.insync.replicas of the cluster when eligible leader replicas are on; one node has neither.";
const texts = "We say in words what is wrong also where Kafka leaves the text null.";
const ownLog = "How long the log of cluster metadata is, and where a controller listens, is each broker's own matter.";

/** Every known difference between Apache Kafka's answers and ours. One that nothing needs any more fails the run against Kafka. */
export const exceptions: readonly Exception[] = [
  { where: "*", path: "*rrorMessage", kafka: "null", ours: '"<text>"', reason: texts },
  { where: "fields of DescribeConfigs * / *", path: "*rrorMessage", kafka: '""', ours: '"<text>"', reason: texts },

  { where: "batches to * / plain records called *", path: "responses*", reason: packed },
  {
    where: "batches to * / a record's offset wrong*",
    path: "responses*",
    reason: "We refuse offsets that do not follow each other; Kafka numbers them anew or keeps them unreadable.",
  },
  {
    where: "batches to * / the bit of log append time: what was written",
    path: "responses*.records*",
    reason:
      "The bit is taken away, and where the records are packed anew they keep their times; Kafka makes the greatest that of all.",
  },

  {
    where: "fields of TxnOffsetCommit * / transactionalId=*",
    path: "*errorCode",
    kafka: "0",
    reason:
      "We hold the transactional id against the producer's before the offsets are pending; Kafka does so in versions of KIP-890 only.",
  },
  ...["fields of TxnOffsetCommit * / groupId=*", "transactions *: offsets / without the group"].map((where) => ({
    where,
    path: "*errorCode",
    reason:
      "Kafka verifies the requests that come together at once, and answers all as the version of the first of them wants.",
    isRare: true as const,
  })),
  {
    where: "transactions *: partitions that are wrong / with another transactional id",
    path: "responses*",
    reason:
      "We hold the transactional id against the producer's for each request; Kafka does not ask again once the partition has an open transaction.",
  },
  {
    where: "transactions *: partitions that are wrong / without beginning",
    path: "responses*",
    reason: "It follows what the request before it wrote, or did not.",
  },

  {
    where: "fields of Metadata * / topics.name=unknown",
    path: "topics*",
    kafka: "*",
    reason: "A topic that Metadata creates is there when we answer; Kafka answers first, and clients ask again.",
  },
  { where: "fields of ApiVersions * / *", path: "*Features*", ours: "none", reason: laterFeatures },
  { where: "fields of CreateTopics * / *", path: "*configs*.configSource", kafka: "3", ours: "5", reason: oneSet },
  { where: "fields of DescribeConfigs * / *", path: "*configs*.configSource", kafka: "3", ours: "5", reason: oneSet },
  {
    where: "fields of DescribeTopicPartitions * / cursor.partitionIndex=2147483647",
    path: "nextCursor",
    reason: "Kafka counts over the end of its integers.",
  },
  { where: "fields of DescribeLogDirs * / *", path: "results*Bytes", ours: "-1", reason: noVolume },
  { where: "fields of DescribeQuorum * / *", path: "topics*", reason: ownLog },
  { where: "fields of DescribeQuorum * / *", path: "nodes*listeners*", reason: ownLog },
];
