import { createServer, type Socket } from "node:net";
import { type Api, apis, type RequestOf, type ResponseInput, zeroUuid } from "@ottla/protocol";
import type { SinkOptions } from "./sink.js";
import { type SinkAnswer, SinkConnection } from "./sink-connection.js";
import { endlessLog } from "./sink-log.js";

// A broker of one topic with one partition, as cheap as can be: it acknowledges what is produced without looking at it, answers
// every fetch with the same batches under the next offsets, and takes whoever joins for the only member of the group.

const { topic, log } = JSON.parse(process.argv[2] ?? "{}") as SinkOptions;
const topicId = "bTtrVF8MSk6PeiJsHR4KEQ";
const node = { nodeId: 1, host: "127.0.0.1" };
const batches = log && endlessLog(log);
const partitions = [{ errorCode: 0, partitionIndex: 0, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1] }];

const server = createServer({ noDelay: true }, (socket: Socket) => new SinkConnection(socket, answers));

const portOf = (): number => {
  const address = server.address();
  return address === null || typeof address === "string" ? 0 : address.port;
};

// The last version of Produce and Fetch that goes by topic name.
const lastByName = 12;

const on = <A extends Api>(
  api: A,
  answer: (request: RequestOf<A>, version: number) => ResponseInput<A>,
  { maxVersion = api.maxVersion, isAlwaysTheSame = false } = {},
): [number, SinkAnswer] => [api.key, { api, maxVersion, isAlwaysTheSame, answer }];

const answers: ReadonlyMap<number, SinkAnswer> = new Map([
  on(
    apis.Produce,
    () => ({
      responses: [{ name: topic, partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 0 }] }],
    }),
    { maxVersion: lastByName, isAlwaysTheSame: true },
  ),
  on(
    apis.Fetch,
    ({ topics }) => {
      const offset = topics[0]?.partitions[0]?.fetchOffset ?? 0;
      const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 2 ** 50, lastStableOffset: 2 ** 50 };
      const records = batches?.(offset) ?? null;
      return { errorCode: 0, responses: [{ topic, partitions: [{ ...partition, logStartOffset: 0, records }] }] };
    },
    { maxVersion: lastByName },
  ),
  on(apis.ApiVersions, () => ({
    errorCode: 0,
    apiKeys: [...answers.values()].map(({ api, maxVersion }) => ({
      apiKey: api.key,
      minVersion: api.minVersion,
      maxVersion,
    })),
  })),
  on(apis.Metadata, () => ({
    brokers: [{ ...node, port: portOf() }],
    clusterId: "sink",
    controllerId: 1,
    topics: [{ errorCode: 0, name: topic, topicId, partitions }],
  })),
  on(apis.InitProducerId, () => ({ errorCode: 0, producerId: 7, producerEpoch: 0 })),
  on(apis.ListOffsets, (_, version) => ({
    topics: [
      {
        name: topic,
        partitions: [{ partitionIndex: 0, errorCode: 0, offset: 0, ...(version >= 4 && { leaderEpoch: 0 }) }],
      },
    ],
  })),
  on(apis.FindCoordinator, ({ coordinatorKeys }, version) => {
    const coordinator = { ...node, port: portOf(), errorCode: 0 };
    return version < 4
      ? coordinator
      : { coordinators: coordinatorKeys.map((key) => ({ key, ...coordinator, errorMessage: null })) };
  }),
  on(apis.JoinGroup, ({ memberId, protocolType, protocols: [first] }) => {
    const member = memberId === "" ? "member" : memberId;
    return {
      errorCode: 0,
      generationId: 1,
      protocolType,
      protocolName: first?.name ?? "",
      leader: member,
      memberId: member,
      members: [{ memberId: member, metadata: first?.metadata ?? Buffer.alloc(0) }],
    };
  }),
  on(apis.SyncGroup, ({ protocolType, protocolName, assignments: [own] }) => ({
    errorCode: 0,
    protocolType,
    protocolName,
    assignment: own?.assignment ?? Buffer.alloc(0),
  })),
  on(apis.Heartbeat, () => ({ errorCode: 0 })),
  on(apis.LeaveGroup, ({ members }) => ({
    errorCode: 0,
    members: members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId, errorCode: 0 })),
  })),
  on(apis.OffsetFetch, ({ groups }, version) => {
    const partition = { partitionIndex: 0, committedOffset: -1, metadata: "", errorCode: 0 };
    return version < 8
      ? { topics: [{ name: topic, partitions: [partition] }] }
      : {
          groups: groups.map(({ groupId }) => ({
            groupId,
            topics: [{ name: topic, topicId: version < 10 ? zeroUuid : topicId, partitions: [partition] }],
          })),
        };
  }),
  on(apis.OffsetCommit, ({ topics }) => ({
    topics: topics.map((each) => ({
      name: each.name,
      topicId: each.topicId,
      partitions: each.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0 })),
    })),
  })),
]);

server.listen({ host: "127.0.0.1", port: 0 }, () => process.send?.({ port: portOf() }));
process.once("disconnect", () => process.exit());
