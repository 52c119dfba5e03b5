import type { DeleteGroupsResult, SeekEntry } from "../admin/admin-types.js";
import type { PartitionMetadata } from "../config/cluster-types.js";

type Told = Error | string;

const textOf = (told: Told): string => (typeof told === "string" ? told : told.message);

/** What an error may be told beside its text. */
export interface KafkaJSErrorMetadata {
  retriable?: boolean | undefined;
  topic?: string;
  partitionId?: number;
  metadata?: PartitionMetadata;
  cause?: Error | undefined;
}

/** Any failure of this package. `cause` is the error of `@ottla/client` behind it, where there is one. */
export class KafkaJSError extends Error {
  override readonly name: string = "KafkaJSError";
  readonly retriable: boolean;
  readonly helpUrl?: string;
  override readonly cause?: Error;

  constructor(e: Told, { retriable = true, cause }: KafkaJSErrorMetadata = {}) {
    super(textOf(e));
    this.retriable = retriable;
    if (cause !== undefined) this.cause = cause;
  }
}

/** Trying again does not help: what was asked for is wrong, or refused. */
export class KafkaJSNonRetriableError extends KafkaJSError {
  override readonly name: string = "KafkaJSNonRetriableError";

  constructor(e: Told, { cause }: Pick<KafkaJSErrorMetadata, "cause"> = {}) {
    super(e, { retriable: false, cause });
  }
}

/** A broker's answer was an error: `type` is its name, `code` its number. */
export class KafkaJSProtocolError extends KafkaJSError {
  override readonly name: string = "KafkaJSProtocolError";
  readonly code: number;
  readonly type: string;

  constructor(e: Told, { retriable, cause }: Pick<KafkaJSErrorMetadata, "retriable" | "cause"> = {}) {
    const about = (typeof e === "string" ? {} : e) as { code?: unknown; type?: unknown; retriable?: unknown };
    super(e, { retriable: retriable ?? (about.retriable as boolean | undefined), cause });
    this.code = typeof about.code === "number" ? about.code : -1;
    this.type = typeof about.type === "string" ? about.type : "UNKNOWN";
  }
}

export interface KafkaJSOffsetOutOfRangeMetadata {
  topic: string;
  partition: number;
}

export class KafkaJSOffsetOutOfRange extends KafkaJSProtocolError {
  override readonly name: string = "KafkaJSOffsetOutOfRange";
  readonly topic: string;
  readonly partition: number;

  constructor(e: Told, metadata?: KafkaJSOffsetOutOfRangeMetadata) {
    super(e);
    this.topic = metadata?.topic ?? "";
    this.partition = metadata?.partition ?? -1;
  }
}

export class KafkaJSMemberIdRequired extends KafkaJSProtocolError {
  override readonly name: string = "KafkaJSMemberIdRequired";
  readonly memberId: string;

  constructor(e: Told, metadata?: { memberId: string }) {
    super(e);
    this.memberId = metadata?.memberId ?? "";
  }
}

/** One topic of `createTopics` was refused. */
export class KafkaJSCreateTopicError extends KafkaJSProtocolError {
  override readonly name: string = "KafkaJSCreateTopicError";
  readonly topic: string;

  constructor(e: Told, topic: string) {
    super(e);
    this.topic = topic;
  }
}

export class KafkaJSAlterPartitionReassignmentsError extends KafkaJSProtocolError {
  override readonly name: string = "KafkaJSAlterPartitionReassignmentsError";
  readonly topic?: string;
  readonly partition?: number;

  constructor(e: Told, topic?: string, partition?: number) {
    super(e);
    if (topic !== undefined) this.topic = topic;
    if (partition !== undefined) this.partition = partition;
  }
}

/** Several things were asked for, and these failed. */
export class KafkaJSAggregateError extends Error {
  override readonly name = "KafkaJSAggregateError";
  readonly errors: (Error | string)[];

  constructor(message: Told, errors: (Error | string)[]) {
    super(textOf(message));
    this.errors = errors;
  }
}

export interface KafkaJSNumberOfRetriesExceededMetadata {
  retryCount: number;
  retryTime: number;
}

/** What may pass by itself did not, for as long as `retry` allows; the `cause` is the last failure. */
export class KafkaJSNumberOfRetriesExceeded extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSNumberOfRetriesExceeded";
  override readonly stack: string;
  readonly retryCount: number;
  readonly retryTime: number;

  constructor(e: Told, metadata?: KafkaJSNumberOfRetriesExceededMetadata) {
    super(e, { cause: typeof e === "string" ? undefined : e });
    this.stack = `KafkaJSNumberOfRetriesExceeded\n  Caused by: ${typeof e === "string" ? e : e.stack}`;
    this.retryCount = metadata?.retryCount ?? 0;
    this.retryTime = metadata?.retryTime ?? 0;
  }
}

export interface KafkaJSConnectionErrorMetadata {
  broker?: string;
  code?: string;
  cause?: Error | undefined;
}

export class KafkaJSConnectionError extends KafkaJSError {
  override readonly name: string = "KafkaJSConnectionError";
  readonly broker: string;
  readonly code: string | undefined;

  constructor(e: Told, metadata?: KafkaJSConnectionErrorMetadata) {
    super(e, { cause: metadata?.cause });
    this.broker = metadata?.broker ?? "";
    this.code = metadata?.code;
  }
}

export class KafkaJSConnectionClosedError extends KafkaJSConnectionError {
  override readonly name: string = "KafkaJSConnectionClosedError";
  readonly host: string;
  readonly port: number;

  constructor(e: Told, metadata?: { host: string; port: number; cause?: Error | undefined }) {
    super(e, metadata && { broker: `${metadata.host}:${metadata.port}`, cause: metadata.cause });
    this.host = metadata?.host ?? "";
    this.port = metadata?.port ?? -1;
  }
}

export interface KafkaJSRequestTimeoutErrorMetadata {
  broker: string;
  clientId: string;
  correlationId: number;
  createdAt: number;
  sentAt: number;
  pendingDuration: number;
}

/** No answer in time. Which broker and request it was stands in the text; the numbers are -1 where they are not known. */
export class KafkaJSRequestTimeoutError extends KafkaJSError {
  override readonly name: string = "KafkaJSRequestTimeoutError";
  readonly broker: string;
  readonly correlationId: number;
  readonly createdAt: number;
  readonly sentAt: number;
  readonly pendingDuration: number;

  constructor(e: Told, metadata?: Partial<KafkaJSRequestTimeoutErrorMetadata> & { cause?: Error | undefined }) {
    super(e, { cause: metadata?.cause });
    this.broker = metadata?.broker ?? "";
    this.correlationId = metadata?.correlationId ?? -1;
    this.createdAt = metadata?.createdAt ?? -1;
    this.sentAt = metadata?.sentAt ?? -1;
    this.pendingDuration = metadata?.pendingDuration ?? -1;
  }
}

export class KafkaJSMetadataNotLoaded extends KafkaJSError {
  override readonly name: string = "KafkaJSMetadataNotLoaded";

  constructor(e: Told = "the metadata is not loaded", metadata?: KafkaJSErrorMetadata) {
    super(e, metadata);
  }
}

export class KafkaJSTopicMetadataNotLoaded extends KafkaJSMetadataNotLoaded {
  override readonly name: string = "KafkaJSTopicMetadataNotLoaded";
  readonly topic: string;

  constructor(e: Told, metadata?: { topic: string }) {
    super(e);
    this.topic = metadata?.topic ?? "";
  }
}

export interface KafkaJSStaleTopicMetadataAssignmentMetadata {
  topic: string;
  unknownPartitions: PartitionMetadata[];
}

export class KafkaJSStaleTopicMetadataAssignment extends KafkaJSError {
  override readonly name: string = "KafkaJSStaleTopicMetadataAssignment";
  readonly topic: string;
  readonly unknownPartitions: number;

  constructor(e: Told, metadata?: KafkaJSStaleTopicMetadataAssignmentMetadata) {
    super(e);
    this.topic = metadata?.topic ?? "";
    this.unknownPartitions = metadata?.unknownPartitions.length ?? 0;
  }
}

export class KafkaJSServerDoesNotSupportApiKey extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSServerDoesNotSupportApiKey";
  readonly apiKey: number;
  readonly apiName: string;

  constructor(e: Told, metadata?: { apiKey?: number; apiName?: string; cause?: Error }) {
    super(e, { cause: metadata?.cause });
    this.apiKey = metadata?.apiKey ?? -1;
    this.apiName = metadata?.apiName ?? "";
  }
}

export class KafkaJSBrokerNotFound extends KafkaJSError {
  override readonly name: string = "KafkaJSBrokerNotFound";

  constructor(e: Told = "the broker is not known", metadata?: KafkaJSErrorMetadata) {
    super(e, metadata);
  }
}

export class KafkaJSNoBrokerAvailableError extends KafkaJSError {
  override readonly name: string = "KafkaJSNoBrokerAvailableError";

  constructor() {
    super("no broker is available");
  }
}

export class KafkaJSPartialMessageError extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSPartialMessageError";

  constructor(e: Told = "a message is cut off") {
    super(e);
  }
}

/** The broker refuses who this client says it is, or does not prove who it is itself. */
export class KafkaJSSASLAuthenticationError extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSSASLAuthenticationError";

  constructor(e: Told = "SASL authentication failed", metadata?: Pick<KafkaJSErrorMetadata, "cause">) {
    super(e, metadata);
  }
}

export class KafkaJSGroupCoordinatorNotFound extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSGroupCoordinatorNotFound";

  constructor(e: Told = "the group's coordinator is not found") {
    super(e);
  }
}

/** kafkajs has it and this package does not; the text says what to do instead. */
export class KafkaJSNotImplemented extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSNotImplemented";

  constructor(e: Told = "not implemented") {
    super(e);
  }
}

export class KafkaJSTimeout extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSTimeout";

  constructor(e: Told = "timed out", metadata?: Pick<KafkaJSErrorMetadata, "cause">) {
    super(e, metadata);
  }
}

export class KafkaJSLockTimeout extends KafkaJSTimeout {
  override readonly name: string = "KafkaJSLockTimeout";
}

export class KafkaJSUnsupportedMagicByteInMessageSet extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSUnsupportedMagicByteInMessageSet";

  constructor(e: Told = "a message set has an unknown magic byte") {
    super(e);
  }
}

export interface KafkaJSDeleteGroupsErrorGroups {
  groupId: string;
  errorCode: number;
  error: KafkaJSError;
}

/** Some groups could not be deleted: which, and why. */
export class KafkaJSDeleteGroupsError extends KafkaJSError {
  override readonly name: string = "KafkaJSDeleteGroupsError";
  readonly groups: DeleteGroupsResult[];

  constructor(e: Told, groups: (DeleteGroupsResult | KafkaJSDeleteGroupsErrorGroups)[] = []) {
    super(e);
    this.groups = groups as DeleteGroupsResult[];
  }
}

export type KafkaJSDeleteTopicRecordsErrorPartition = SeekEntry & { error: KafkaJSError };

export interface KafkaJSDeleteTopicRecordsErrorTopic {
  topic: string;
  partitions: KafkaJSDeleteTopicRecordsErrorPartition[];
}

/** The records of some partitions could not be deleted; retriable when that holds for each. */
export class KafkaJSDeleteTopicRecordsError extends KafkaJSError {
  override readonly name: string = "KafkaJSDeleteTopicRecordsError";
  readonly partitions: KafkaJSDeleteTopicRecordsErrorPartition[];

  constructor({ topic, partitions }: KafkaJSDeleteTopicRecordsErrorTopic) {
    super(`records of topic ${topic} could not be deleted`, {
      retriable: partitions.every(({ error }) => error.retriable),
    });
    this.partitions = partitions;
  }
}

export class KafkaJSInvariantViolation extends KafkaJSNonRetriableError {
  override readonly name: string = "KafkaJSInvariantViolation";
}

export class KafkaJSInvalidVarIntError extends KafkaJSNonRetriableError {}

export class KafkaJSInvalidLongError extends KafkaJSNonRetriableError {}

export class KafkaJSFetcherRebalanceError extends Error {}
