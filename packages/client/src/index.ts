export { CorruptBatchError, KafkaProtocolError, MalformedMessageError, type ProtocolErrorCode } from "@ottla/protocol";
export type { TlsOptions } from "@ottla/world";
export type {
  Acl,
  AclAdmin,
  AclFilter,
  AclOperation,
  AclOutcome,
  AclPattern,
  AclPermission,
  AclResourceType,
  DeletedAcls,
  NewAcl,
} from "./admin/acl-admin.js";
export { Admin, type ClusterDescription } from "./admin/admin.js";
export type { AdminOptions } from "./admin/admin-retry.js";
export type {
  ConfigAdmin,
  ConfigChange,
  ConfigEntry,
  ConfigOutcome,
  ConfigResource,
  ConfigSource,
  DescribedConfig,
} from "./admin/config-admin.js";
export type { DeletedRecords, RecordsToDelete } from "./admin/delete-records.js";
export type { Feature, FeatureAdmin, FeatureChange, FeatureOutcome } from "./admin/feature-admin.js";
export type {
  DescribedGroup,
  GroupAdmin,
  GroupMember,
  GroupOutcome,
  ListedGroup,
  MemberName,
  MemberOutcome,
} from "./admin/group-admin.js";
export type { PartitionLag } from "./admin/group-lag.js";
export type {
  BrokerLogDirs,
  LogDir,
  LogDirAdmin,
  LogDirReplica,
  ReplicaMove,
  ReplicaMoveOutcome,
} from "./admin/log-dir-admin.js";
export type {
  CommittedOffset,
  ListedOffset,
  OffsetAdmin,
  OffsetSpec,
  OffsetToCommit,
  PartitionName,
  PartitionOutcome,
} from "./admin/offset-admin.js";
export type {
  ActiveProducer,
  OngoingReassignment,
  PartitionAdmin,
  PartitionChange,
  PartitionProducers,
  Reassignment,
} from "./admin/partition-admin.js";
export type { Quorum, QuorumAdmin, QuorumReplica, QuorumVoter } from "./admin/quorum-admin.js";
export type {
  ClientQuota,
  QuotaAdmin,
  QuotaChange,
  QuotaEntity,
  QuotaFilter,
  QuotaOutcome,
} from "./admin/quota-admin.js";
export type { OffsetReset, PlannedOffset, ResetPlan, ResetTarget } from "./admin/reset-offsets.js";
export type { DelegationToken, PrincipalText, TokenAdmin } from "./admin/token-admin.js";
export type { CreatedTopic, NewTopic, TopicAdmin, TopicOutcome } from "./admin/topic-admin.js";
export type { DescribedPartition, TopicPart } from "./admin/topic-pages.js";
export type {
  DescribedTransaction,
  HangingTransaction,
  ListedTransaction,
  TransactionAdmin,
  TransactionFilter,
  TransactionState,
} from "./admin/transaction-admin.js";
export type {
  CredentialChange,
  NewCredential,
  RemovedCredential,
  UserAdmin,
  UserCredentials,
  UserOutcome,
} from "./admin/user-admin.js";
export type { ClientWorld } from "./cluster/cluster.js";
export type { ClusterOptions } from "./cluster/cluster-options.js";
export type { Node, PartitionMetadata, TopicMetadata } from "./cluster/topic-metadata.js";
export type { Assignor, AssignorMember, GroupAssignment, PreviousAssignment } from "./consumer/assignors/assignor.js";
export { Consumer } from "./consumer/consumer.js";
export {
  CorruptRecordsError,
  FailedRecordError,
  GroupMembershipError,
  HandlerError,
  LogTruncatedError,
  MaxPollIntervalError,
  NoOffsetError,
  NotAssignedError,
} from "./consumer/consumer-errors.js";
export type { ConsumerEvent, RebalanceChange } from "./consumer/consumer-events.js";
export type { ConsumerHealth, ConsumerLag, PartitionHealth, PartitionState } from "./consumer/consumer-health.js";
export type {
  AssignedConsumerOptions,
  AssignedFrom,
  AssignorName,
  ConsumerOptions,
  ConsumerPoisonPolicy,
  GroupConsumerOptions,
  PoisonPolicy,
  PoisonRecord,
  ReadOptions,
  StartPosition,
} from "./consumer/consumer-options.js";
export type { DeliveredRecord, Settleable } from "./consumer/consumer-record.js";
export {
  type DeadLetterOptions,
  type DeadLetterTopic,
  deadLetterOf,
  deadLetterReason,
} from "./consumer/dead-letter/dead-letter-of.js";
export { type Failure, withoutFailure } from "./consumer/dead-letter/failure-headers.js";
export type { GroupMetadata } from "./consumer/group-metadata.js";
export type { SeekTarget } from "./consumer/offsets/seek.js";
export type { BatchOptions, DeliveredBatch } from "./consumer/reading/fed-batch.js";
export type { RetryOptions } from "./consumer/retry/retry-options.js";
export {
  type RetryDelay,
  type RetryTopic,
  type RetryTopicName,
  retryTopicsOf,
} from "./consumer/retry/retry-topics.js";
export type {
  FailedRecord,
  FailurePolicy,
  Handlers,
  HandlersOf,
  Misuse,
  RunInOrder,
  RunOptions,
  RunWithRetryTopics,
} from "./consumer/run/run-options.js";
export { type RawTopic, type TopicPattern, topicsMatching } from "./consumer/subscription.js";
export type { TopicPartition } from "./consumer/topic-partition.js";
export { DeserializationError, SerializationError, UnknownTypeError } from "./contract/contract-errors.js";
export { encodeRecord } from "./contract/encode-record.js";
export {
  type AnyHeaderSerde,
  type HeaderSerdes,
  type HeadersIn,
  type HeadersOut,
  type NoHeaders,
  type OptionalHeader,
  optional,
  type RepeatedHeader,
  repeated,
} from "./contract/headers.js";
export {
  type EventIn,
  type EventOut,
  type EventSerdes,
  type EventUnion,
  type OneOfOptions,
  oneOf,
  type UnknownEvent,
  type UnknownTypes,
} from "./contract/one-of.js";
export { prepareTopic } from "./contract/prepare-topic.js";
export type { RawRecord, RecordHeader } from "./contract/raw-record.js";
export type {
  ConsumedRecord,
  KeyedEvent,
  KeyedRecord,
  MaybeKeyedEvent,
  MaybeKeyedRecord,
  MaybeWithHeaders,
  ReceivedEvent,
  ReceivedRecord,
  RecordOptions,
  Sendable,
  SentEvent,
  SentRecord,
  WithHeaders,
} from "./contract/record.js";
export {
  type Compatibility,
  type ReceivedFrom,
  type SentTo,
  type Topic,
  type TopicConfig,
  type TopicDefinition,
  topic,
} from "./contract/topic.js";
export { ContractAdmin, type ContractOptions, type ContractPlan } from "./contracts/contract-admin.js";
export { ContractError, type ContractErrorCode, type ContractOutcome } from "./contracts/contract-error.js";
export {
  type AddPartitions,
  type AlterConfig,
  type ContractProblem,
  type ContractStep,
  type CreateTopic,
  type RegisterSchema,
  type SetCompatibility,
  stepText,
} from "./contracts/contract-problem.js";
export type { ContractRegistry } from "./contracts/contract-registry.js";
export type {
  CoordinatedMember,
  CoordinatedMemberOptions,
  CoordinatedPeer,
} from "./coordinated/coordinated-member.js";
export { type AuthenticationErrorCode, KafkaAuthenticationError } from "./errors/kafka-authentication-error.js";
export { KafkaClosedError } from "./errors/kafka-closed-error.js";
export { KafkaConfigError } from "./errors/kafka-config-error.js";
export { type ConnectionErrorCode, KafkaConnectionError } from "./errors/kafka-connection-error.js";
export { isKafkaError, type KafkaError, kafkaNameOf } from "./errors/kafka-error.js";
export { KafkaTimeoutError, type TimeoutErrorCode } from "./errors/kafka-timeout-error.js";
export { PredecessorFailedError } from "./errors/predecessor-failed-error.js";
export { RecordTooLargeError } from "./errors/record-too-large-error.js";
export { TransactionError, type TransactionErrorCode } from "./errors/transaction-error.js";
export type { ExactlyOnceWork } from "./exactly-once/exactly-once.js";
export type { ExactlyOnceOptions } from "./exactly-once/exactly-once-options.js";
export type { OutgoingTransaction } from "./exactly-once/outgoing-transaction.js";
export { Kafka, type KafkaOptions } from "./kafka.js";
export type { Logger } from "./logger.js";
export type { Partitioner } from "./producer/partitioner.js";
export { Producer } from "./producer/producer.js";
export type { ProducerOptions } from "./producer/producer-options.js";
export type { RecordMetadata, SendOutcome } from "./producer/record-metadata.js";
export type { SendOptions } from "./producer/send-options.js";
export type { Transaction } from "./producer/transaction/transaction.js";
export type { ReaderOptions } from "./reader/reader-options.js";
export { TopicReader } from "./reader/topic-reader.js";
export type { OAuthToken, OAuthTokenProvider } from "./security/oauth-bearer.js";
export type { SaslConversation, SaslMechanism } from "./security/sasl-mechanism.js";
export type { SaslOptions, SaslPassword, SaslToken } from "./security/sasl-options.js";
export type { ScramMechanism } from "./security/scram.js";
export type { Secret } from "./security/secret.js";
export { bytes } from "./serde/bytes.js";
export { json } from "./serde/json.js";
export { nullable } from "./serde/nullable.js";
export { double, int32, int64 } from "./serde/numbers.js";
export type {
  AnySerde,
  InputOf,
  OutputOf,
  PayloadTypes,
  PrepareContext,
  RecordPart,
  Serde,
  SerdeContext,
  SerdePlace,
  SerializeContext,
  SubjectNames,
  SubjectSchema,
} from "./serde/serde.js";
export {
  type ReportedIssue,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
  ValidationError,
  type ValidationIssue,
  type ValidationResult,
} from "./serde/standard-schema.js";
export { string } from "./serde/string.js";
export {
  type CommitWork,
  channels,
  type FetchWork,
  type HandlerWork,
  type RequestWork,
  type SendWork,
  type TracedWork,
} from "./telemetry/channels.js";
