import type { ProtocolErrorCode } from "@ottla/protocol";
import { reasonOf } from "../contract/contract-errors.js";
import type { TopicPartition } from "./topic-partition.js";

/** The consumer took longer than `maxPollIntervalMs` to ask for the next record, and left its group so that others go on. */
export class MaxPollIntervalError extends Error {
  override readonly name = "MaxPollIntervalError";
  readonly code = "MAX_POLL_INTERVAL_EXCEEDED";
  readonly retriable = true;
  readonly fatal = false;
  readonly abortable = false;

  constructor(groupId: string, maxPollIntervalMs: number) {
    super(
      `group "${groupId}": the next record was not asked for within maxPollIntervalMs (${maxPollIntervalMs} ms), so the ` +
        "member left the group; its unfinished records go to others. It joins again when the next record is asked for",
    );
  }
}

/** The group's coordinator refused this member for good. */
export class GroupMembershipError extends Error {
  override readonly name = "GroupMembershipError";
  readonly code: ProtocolErrorCode;
  readonly retriable = false;
  readonly fatal = true;
  readonly abortable = false;

  constructor(code: ProtocolErrorCode, groupId: string, options?: ErrorOptions) {
    super(`[${code}] group "${groupId}"${explanations[code] ?? ""}`, options);
    this.code = code;
  }
}

const explanations: { readonly [C in ProtocolErrorCode]?: string } = {
  FENCED_INSTANCE_ID: ": another member with the same groupInstanceId has taken this one's place",
  INCONSISTENT_GROUP_PROTOCOL:
    ": its members have no assignor in common with this one; name one that they have in `assignors`",
  INVALID_SESSION_TIMEOUT:
    ": sessionTimeoutMs is outside the broker's group.min.session.timeout.ms and group.max.session.timeout.ms",
  UNSUPPORTED_VERSION:
    ': its brokers do not have the group protocol "consumer" (KIP-848; Apache Kafka has it from 4.0 on, with group.version 1); ' +
    'use groupProtocol: "classic"',
  UNSUPPORTED_ASSIGNOR: ": its coordinator does not have the serverAssignor",
  UNRELEASED_INSTANCE_ID: ": another member, which is alive, has the same groupInstanceId",
  GROUP_ID_NOT_FOUND: ": it is a group of another kind",
  GROUP_MAX_SIZE_REACHED: ": it is full (the broker's group.max.size)",
};

/** There is no offset to begin from, and `from: "none"` forbids choosing one. */
export class NoOffsetError extends Error {
  override readonly name = "NoOffsetError";
  readonly code = "NO_OFFSET";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;
  /** The offset that is no longer, or not yet, in the log; undefined when none was ever committed. */
  readonly offset: bigint | undefined;

  constructor({ topic, partition }: TopicPartition, offset: number | undefined) {
    const reason = offset === undefined ? "the group has committed no offset" : `offset ${offset} is not in the log`;
    super(`topic ${topic}, partition ${partition}: ${reason}, and from is "none"`);
    this.topic = topic;
    this.partition = partition;
    this.offset = offset === undefined ? undefined : BigInt(offset);
  }
}

/**
 * The log no longer has all the records that were read of it: a leader without them was elected (`unclean.leader.election`),
 * or they were lost with its disk. What was written since has the same offsets (KIP-320).
 */
export class LogTruncatedError extends Error {
  override readonly name = "LogTruncatedError";
  readonly code = "LOG_TRUNCATED";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;
  /** Where reading had come to. */
  readonly offset: bigint;
  /** The leader epoch of the record before it. */
  readonly leaderEpoch: number;
  /** The first offset of which the log has another record than what was read, or none; undefined when it is not known. */
  readonly divergesAt: bigint | undefined;

  constructor(
    { topic, partition }: TopicPartition,
    at: { readonly offset: number; readonly leaderEpoch: number; readonly end: number | undefined },
  ) {
    const end = at.end === undefined ? "nothing of that epoch is left" : `it is another log from offset ${at.end} on`;
    super(
      `topic ${topic}, partition ${partition}: the log was cut below offset ${at.offset}, which was read under leader epoch ` +
        `${at.leaderEpoch}; ${end}`,
    );
    this.topic = topic;
    this.partition = partition;
    this.offset = BigInt(at.offset);
    this.leaderEpoch = at.leaderEpoch;
    this.divergesAt = at.end === undefined ? undefined : BigInt(at.end);
  }
}

/** A fetched batch whose checksum or content is wrong, also after fetching it again. */
export class CorruptRecordsError extends Error {
  override readonly name = "CorruptRecordsError";
  readonly code = "CORRUPT_RECORDS";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;

  constructor({ topic, partition }: TopicPartition, offset: number, cause: unknown) {
    super(`topic ${topic}, partition ${partition}, offset ${offset}: ${reasonOf(cause)}`, { cause });
    this.topic = topic;
    this.partition = partition;
    this.offset = BigInt(offset);
  }
}

/** A handler given to `run` threw, as often as its `retry` allows. What it threw is the `cause`. */
export class HandlerError extends Error {
  override readonly name = "HandlerError";
  readonly code = "HANDLER_FAILED";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;

  constructor(at: TopicPartition & { readonly offset: bigint }, attempts: number, cause: unknown) {
    const tries = attempts === 1 ? "" : ` ${attempts} times`;
    super(
      `topic ${at.topic}, partition ${at.partition}, offset ${at.offset}: the handler threw${tries}: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
    this.topic = at.topic;
    this.partition = at.partition;
    this.offset = at.offset;
  }
}

/** A record that failed could not be written to its retry or dead-letter topic: its partition stands still before it. Why is the `cause`. */
export class FailedRecordError extends Error {
  override readonly name = "FailedRecordError";
  readonly code = "FAILED_RECORD_NOT_WRITTEN";
  readonly retriable = true;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The topic that did not take it. */
  readonly to: string;
  /** How the record had failed. */
  readonly failure: unknown;

  constructor(at: TopicPartition & { readonly offset: bigint }, to: string, cause: unknown, failure: unknown) {
    const { topic, partition, offset } = at;
    super(`topic ${topic}, partition ${partition}, offset ${offset}: not written to ${to}: ${reasonOf(cause)}`, {
      cause,
    });
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.to = to;
    this.failure = failure;
  }
}

/** The partition is not among those that the consumer reads at the moment. */
export class NotAssignedError extends Error {
  override readonly name = "NotAssignedError";
  readonly code = "PARTITION_NOT_ASSIGNED";
  readonly retriable = false;
  readonly fatal = false;
  readonly abortable = false;
  readonly topic: string;
  readonly partition: number;

  constructor({ topic, partition }: TopicPartition) {
    super(`topic ${topic}, partition ${partition}: the consumer does not read it at the moment`);
    this.topic = topic;
    this.partition = partition;
  }
}
