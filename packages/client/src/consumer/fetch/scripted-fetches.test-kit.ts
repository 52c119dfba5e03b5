import {
  apis,
  type FetchRequest,
  type FetchResponseInput,
  type ProtocolErrorCode,
  protocolErrors,
  zeroUuid,
} from "@ottla/protocol";
import type { ScriptedCluster } from "../../network/scripted-cluster.test-kit.js";
import type { ManualWorld } from "../../world/manual-world.test-kit.js";
import { partitionKey } from "../topic-partition.js";
import type { ScriptedLog } from "./scripted-log.test-kit.js";

type Asked = FetchRequest["topics"][number]["partitions"][number] & { readonly name: string; readonly topicId: string };

interface Session {
  readonly node: number;
  epoch: number;
  readonly asked: Map<string, Asked>;
  /** High watermarks as last told. */
  readonly told: Map<string, number>;
}

const wire = (code: ProtocolErrorCode): number => protocolErrors[code].wire;

/** Fetches answered by the rules of Kafka's brokers: sessions, leader epochs, replicas that are nearer. */
export class ScriptedFetches {
  readonly #world: ManualWorld;
  readonly #cluster: ScriptedCluster;
  readonly #log: (topic: string, partition: number) => ScriptedLog;
  readonly sessions = new Map<number, Session>();
  /** Whether it has room for sessions. */
  hasRoom = true;
  /** Answered to whole fetches instead of carrying them out. */
  readonly refusals: ProtocolErrorCode[] = [];
  /** The node of a rack that has a replica of everything. */
  readonly replicas = new Map<string, number>();
  /** Asked for each partition that a replica is asked for. */
  replicaFault: () => ProtocolErrorCode | undefined = () => undefined;
  /** What each fetch asked for, by its session or itself, what it named, and the bytes answered. */
  readonly fetches: {
    readonly node: number;
    readonly maxBytes: number;
    readonly bytes: number;
    readonly sessionEpoch: number;
    readonly partitions: readonly string[];
    readonly named: readonly string[];
    readonly forgotten: number;
  }[] = [];
  #nextSession = 1;

  constructor(world: ManualWorld, cluster: ScriptedCluster, log: (topic: string, partition: number) => ScriptedLog) {
    this.#world = world;
    this.#cluster = cluster;
    this.#log = log;
    cluster.on(apis.Fetch, (request, _, node) => this.#fetch(request, node));
    cluster.on(apis.OffsetForLeaderEpoch, ({ topics }) => ({
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, leaderEpoch, currentLeaderEpoch }) => {
          const { epoch, endOffset } = log(topic, partition).endOf(leaderEpoch);
          const errorCode = wire(this.#fenced(topic, partition, currentLeaderEpoch) ?? "NONE");
          return { errorCode, partition, leaderEpoch: epoch, endOffset };
        }),
      })),
    }));
  }

  /** Makes a node the leader of a partition, with only what is below `end` of its log. */
  elect(topic: string, partition: number, node: number, end = Number.POSITIVE_INFINITY): void {
    const place = this.#cluster.topics.get(topic)?.partitions[partition];
    place?.moveTo(node);
    const log = this.#log(topic, partition);
    log.beginEpoch(place?.epoch ?? 0, Math.min(end, log.endOffset));
  }

  #fenced(topic: string, partition: number, epoch: number): ProtocolErrorCode | undefined {
    const current = this.#cluster.topics.get(topic)?.partitions[partition]?.epoch ?? 0;
    if (epoch < 0 || epoch === current) return undefined;
    return epoch < current ? "FENCED_LEADER_EPOCH" : "UNKNOWN_LEADER_EPOCH";
  }

  #nameOf({ topic, topicId }: { readonly topic: string; readonly topicId: string }): string {
    return topic || ([...this.#cluster.topics].find(([, { id }]) => id === topicId)?.[0] ?? "");
  }

  #fetch(request: FetchRequest, node: number): FetchResponseInput | Promise<FetchResponseInput> {
    const refused = this.refusals.shift();
    if (refused !== undefined) return { errorCode: wire(refused), responses: [] };
    const named = request.topics.flatMap((topic) =>
      topic.partitions.map((partition) => ({ ...partition, name: this.#nameOf(topic), topicId: topic.topicId })),
    );
    const { sessionId, sessionEpoch } = request;
    let session: Session | undefined;
    if (sessionEpoch > 0) {
      session = this.sessions.get(sessionId);
      if (session === undefined) return { errorCode: wire("FETCH_SESSION_ID_NOT_FOUND"), responses: [] };
      if (session.epoch !== sessionEpoch || session.node !== node) {
        return { errorCode: wire("INVALID_FETCH_SESSION_EPOCH"), responses: [] };
      }
    } else {
      this.sessions.delete(sessionId);
      if (sessionEpoch === 0 && this.hasRoom) {
        session = { node, epoch: 0, asked: new Map(), told: new Map() };
        this.sessions.set(this.#nextSession++, session);
      }
    }
    const forgotten = request.forgottenTopicsData.flatMap((topic) =>
      topic.partitions.map((partition) => partitionKey({ topic: this.#nameOf(topic), partition })),
    );
    for (const key of forgotten) session?.asked.delete(key);
    for (const each of named) session?.asked.set(partitionKey({ topic: each.name, partition: each.partition }), each);
    const asked = session === undefined ? named : [...session.asked.values()];
    const id = session === undefined ? 0 : ([...this.sessions].find(([, each]) => each === session)?.[0] ?? 0);
    if (session !== undefined) session.epoch += 1;
    const answer = () => this.#answer(request, node, asked, id, sessionEpoch > 0 ? session : undefined);
    const isEmpty = ({ responses }: ReturnType<typeof answer>) =>
      responses.every(({ partitions }) => partitions.every((each) => each.errorCode === 0 && !each.isNews));
    const keyOf = ({ name: topic, partition }: Asked) => partitionKey({ topic, partition });
    const sent = (content: ReturnType<typeof answer>) => {
      let bytes = 0;
      for (const { topic, partitions } of content.responses) {
        for (const { partitionIndex, records, highWatermark } of partitions) {
          bytes += records.length;
          session?.told.set(partitionKey({ topic, partition: partitionIndex }), highWatermark);
        }
      }
      this.fetches.push({
        node,
        maxBytes: request.maxBytes,
        bytes,
        sessionEpoch,
        partitions: asked.map(keyOf),
        named: named.map(keyOf),
        forgotten: forgotten.length,
      });
      return content;
    };
    const now = answer();
    if (!isEmpty(now) || request.maxWaitMs === 0) return sent(now);
    return new Promise<FetchResponseInput>((resolve) => {
      const finish = () => {
        timer.cancel();
        for (const unwatch of unwatchers) unwatch();
        resolve(sent(answer()));
      };
      const timer = this.#world.timers.after(request.maxWaitMs, finish);
      const unwatchers = asked.map(({ name, partition }) => this.#log(name, partition).watch(finish));
    });
  }

  #answer(request: FetchRequest, node: number, asked: readonly Asked[], sessionId: number, session?: Session) {
    let left = request.maxBytes;
    const all = asked.map((ask) => {
      const { name, topicId, partition: partitionIndex, fetchOffset, partitionMaxBytes, lastFetchedEpoch } = ask;
      const log = this.#log(name, partitionIndex);
      const place = this.#cluster.topics.get(name)?.partitions[partitionIndex];
      const isLeader = place?.leader === node;
      const isReplica = [...this.replicas.values()].includes(node);
      let code = log.fault(fetchOffset) ?? this.#fenced(name, partitionIndex, ask.currentLeaderEpoch) ?? "NONE";
      const end = log.endOf(lastFetchedEpoch);
      if (fetchOffset < log.startOffset || fetchOffset > log.endOffset) code = "OFFSET_OUT_OF_RANGE";
      if (lastFetchedEpoch >= 0 && end.epoch < 0) code = "OFFSET_OUT_OF_RANGE";
      let isOther = lastFetchedEpoch >= 0 && (end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset);
      if (isOther && end.epoch >= 0) code = "NONE";
      if (!isLeader) code = isReplica ? (this.replicaFault() ?? code) : "NOT_LEADER_OR_FOLLOWER";
      const { id } = this.#cluster.topics.get(name) ?? {};
      if (topicId !== zeroUuid && topicId !== id) code = "UNKNOWN_TOPIC_ID";
      isOther &&= code === "NONE";
      const near = isLeader ? this.replicas.get(request.rackId) : undefined;
      const isRead = code === "NONE" && !isOther && near === undefined && left > 0;
      const records = isRead ? log.read(fetchOffset, Math.min(left, partitionMaxBytes)) : Buffer.alloc(0);
      left -= records.length;
      const key = partitionKey({ topic: name, partition: partitionIndex });
      const isNews = records.length > 0 || near !== undefined || isOther || code !== "NONE";
      const highWatermark = log.endOffset;
      const isTold = isNews || session === undefined || session.told.get(key) !== highWatermark;
      const partition = {
        partitionIndex,
        errorCode: wire(code),
        highWatermark,
        abortedTransactions: null,
        records,
        ...(near !== undefined && { preferredReadReplica: near }),
        ...(isOther && { divergingEpoch: end }),
        isNews,
      };
      return { isTold, response: { topic: name, topicId, partitions: [partition] } };
    });
    return { sessionId, responses: all.filter(({ isTold }) => isTold).map(({ response }) => response) };
  }
}
