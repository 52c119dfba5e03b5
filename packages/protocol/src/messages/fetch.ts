import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, int8, int16, int32, int64, records, string, struct, uuid } from "../schema/types.js";

export const fetch = api({
  key: 1,
  name: "Fetch",
  versions: "4-18",
  flexible: "12+",
  request: {
    clusterId: string({ nullable: "12+", default: null, tag: 0, tagged: "12+", ignorable: true }),
    replicaId: int32({ versions: "0-14", default: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ versions: "15+", default: -1 }),
        replicaEpoch: int64({ versions: "15+", default: -1 }),
      },
      { tag: 1, tagged: "15+" },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ versions: "3+", default: 2147483647, ignorable: true }),
    isolationLevel: int8({ versions: "4+", default: 0, ignorable: true }),
    sessionId: int32({ versions: "7+", default: 0, ignorable: true }),
    sessionEpoch: int32({ versions: "7+", default: -1, ignorable: true }),
    topics: array({
      topic: string({ versions: "0-12", ignorable: true }),
      topicId: uuid({ versions: "13+", ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: "9+", default: -1, ignorable: true }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ versions: "12+", default: -1 }),
        logStartOffset: int64({ versions: "5+", default: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ tag: 0, tagged: "17+", ignorable: true }),
        highWatermark: int64({ default: Number.MAX_SAFE_INTEGER, tag: 1, tagged: "18+", ignorable: true }),
      }),
    }),
    forgottenTopicsData: array(
      {
        topic: string({ versions: "7-12", ignorable: true }),
        topicId: uuid({ versions: "13+", ignorable: true }),
        partitions: array(int32(), { versions: "7+" }),
      },
      { versions: "7+" },
    ),
    rackId: string({ versions: "11+", default: "", ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16({ versions: "7+", ignorable: true }),
    sessionId: int32({ versions: "7+", default: 0 }),
    responses: array({
      topic: string({ versions: "0-12", ignorable: true }),
      topicId: uuid({ versions: "13+", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ versions: "4+", default: -1, ignorable: true }),
        logStartOffset: int64({ versions: "5+", default: -1, ignorable: true }),
        divergingEpoch: struct(
          {
            epoch: int32({ versions: "12+", default: -1 }),
            endOffset: int64({ versions: "12+", default: -1 }),
          },
          { tag: 0, tagged: "12+" },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ versions: "12+", default: -1 }),
            leaderEpoch: int32({ versions: "12+", default: -1 }),
          },
          { tag: 1, tagged: "12+" },
        ),
        snapshotId: struct(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { tag: 2, tagged: "12+" },
        ),
        abortedTransactions: array(
          {
            producerId: int64({ versions: "4+" }),
            firstOffset: int64({ versions: "4+" }),
          },
          { versions: "4+", nullable: "4+", ignorable: true },
        ),
        preferredReadReplica: int32({ versions: "11+", default: -1 }),
        records: records({ nullable: "0+" }),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "16+" }),
        host: string({ versions: "16+" }),
        port: int32({ versions: "16+" }),
        rack: string({ versions: "16+", nullable: "16+", default: null }),
      },
      { tag: 0, tagged: "16+" },
    ),
  },
});

export interface FetchRequestInput extends RequestInput<typeof fetch> {}
export interface FetchRequest extends RequestOf<typeof fetch> {}
export interface FetchResponseInput extends ResponseInput<typeof fetch> {}
export interface FetchResponse extends ResponseOf<typeof fetch> {}
