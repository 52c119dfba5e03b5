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

const notDecoded =
  "Records are opaque on their way into the log, which checks the header, the checksum and the count; Kafka walks through the records.";
const garbage =
  "Kafka fails inside at a codec that does not exist and says UNKNOWN_SERVER_ERROR; we say CORRUPT_MESSAGE.";
const nothingAsked = "A topic without partitions: we name it in the answer with none, Kafka leaves it out.";
const serverError =
  "Kafka fails inside and says UNKNOWN_SERVER_ERROR; we take the value for the default, or say what is wrong.";
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

  ...[
    "plain records called *",
    "gzip called plain*",
    "a record's length *",
    "a record's key longer than the record*",
  ].map((label) => ({
    where: `batches to * / ${label}`,
    path: "responses*",
    reason: notDecoded,
  })),
  ...["time before -1", "a higher max time", "max time -1", "base time -5", "a producer without epoch"].map(
    (label) => ({
      where: `batches to * / ${label}*`,
      path: "responses*",
      reason: `${notDecoded} It also sets the greatest time anew, and fails where it packs such records again.`,
    }),
  ),
  {
    where: "batches to * / a record's offset wrong*",
    path: "responses*",
    reason:
      "Where records are decoded we refuse offsets that do not follow each other; Kafka numbers them anew or keeps them unreadable.",
  },
  { where: "batches to * / compression *", path: "responses*", reason: garbage },
  ...["batches to * / *", "fields of Produce * / *records=one byte"].map((where) => ({
    where,
    path: "*logStartOffset",
    kafka: "-1",
    ours: "0",
    reason: "Which errors of Produce come with the log's start is an accident of where Kafka finds them.",
  })),
  {
    where: "batches to a topic of small records * / *-1",
    path: "responses*errorCode",
    kafka: "10",
    ours: "87",
    reason: "Kafka looks at the size first, then at what else is wrong.",
  },
  {
    where: "batches to * / the bit of log append time*",
    path: "responses*",
    reason: "We refuse a producer that says it is the broker; Kafka takes the bit away, or refuses by records.",
  },
  {
    where: "sequences: * again",
    path: "*logAppendTimeMs",
    ours: "-1",
    reason:
      "The answer to a duplicate has no append time where the topic has none; Kafka gives the greatest time of the first.",
  },

  {
    where: "fields of Produce * / topicData*=first twice",
    path: "responses*",
    reason: "Kafka writes what comes twice once, we write it twice; no client sends it.",
  },
  { where: "fields of Produce * / topicData.partitionData=none", path: "responses*", reason: nothingAsked },
  { where: "fields of ListOffsets * / topics.partitions=none", path: "topics*", reason: nothingAsked },
  { where: "fields of DeleteRecords * / topics.partitions=none", path: "topics*", reason: nothingAsked },
  {
    where: "fields of ListOffsets * / topics=first twice",
    path: "topics*",
    reason: "We say of each of the two that it is there twice, Kafka of both at once.",
  },
  {
    where: "offsets by time * / a topic twice",
    path: "topics*",
    reason: "We say of each of the two that it is there twice, Kafka of both at once.",
  },

  {
    where: "fields of Fetch * / replicaId=*",
    path: "responses*",
    reason: "There are no followers, so whoever says it is one is read as a consumer.",
  },
  { where: "fields of Fetch * / *axBytes=-*", path: "*", reason: serverError },
  { where: "fields of Fetch * / isolationLevel=*", path: "*", reason: serverError },
  { where: "fetches * / isolation 2", path: "*", reason: serverError },
  { where: "fields of ListOffsets * / isolationLevel=*", path: "topics*", reason: serverError },
  { where: "offsets by time * / isolation *", path: "topics*", reason: serverError },

  {
    where: "fields of DescribeProducers * / topics.name=*",
    path: "*errorCode",
    kafka: "17",
    ours: "3",
    reason: "A name that no topic can have is one there is no topic of.",
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
