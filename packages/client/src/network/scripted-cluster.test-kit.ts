import {
  type Api,
  apis,
  ByteReader,
  batchesIn,
  encodeResponse,
  FrameSplitter,
  type ProtocolErrorCode,
  peekRequest,
  protocolErrors,
  type RecordBatch,
  type RequestOf,
  type ResponseInput,
  readRequestHeader,
} from "@ottla/protocol";
import type { Network, Socket } from "@ottla/world";

/** What becomes of a request instead of its answer. */
export type Fault =
  /** Carried out, and the connection closed instead of an answer. */
  | "loseAnswer"
  /** The connection closed, nothing carried out. */
  | "disconnect"
  /** Carried out, half of the answer sent, the connection closed. */
  | "truncateAnswer"
  /** Neither carried out nor answered. */
  | "ignore"
  /** Carried out, never answered. */
  | "swallowAnswer"
  /** Refused with this code for every partition. */
  | { readonly refuse: ProtocolErrorCode }
  /** Carried out, and answered with this code all the same. */
  | { readonly pretend: ProtocolErrorCode };

/** A request as it came. */
export interface Seen {
  readonly node: number;
  readonly api: string;
  readonly version: number;
  readonly body: unknown;
}

type Handler = (request: never, version: number, node: number) => unknown;
type Produced = RequestOf<typeof apis.Produce>;

const apiByKey = new Map<number, Api>(Object.values(apis).map((api): [number, Api] => [api.key, api as Api]));
const wire = (code: ProtocolErrorCode): number => protocolErrors[code].wire;

/** One partition's log, with the duplicate check of a broker: the last five batches per producer. */
export class ScriptedPartition {
  leader: number;
  epoch = 0;
  maxBatchBytes = Number.POSITIVE_INFINITY;
  /** Values in log order. */
  readonly values: string[] = [];
  readonly batches: RecordBatch[] = [];
  readonly #producers = new Map<
    number,
    { epoch: number; batches: { first: number; last: number; offset: number }[] }
  >();

  constructor(leader: number) {
    this.leader = leader;
  }

  moveTo(node: number): void {
    this.leader = node;
    this.epoch += 1;
  }

  append(batch: RecordBatch): { readonly code: ProtocolErrorCode; readonly offset: number } {
    if (!batch.hasValidCrc()) return { code: "CORRUPT_MESSAGE", offset: -1 };
    if (batch.sizeInBytes > this.maxBatchBytes) return { code: "MESSAGE_TOO_LARGE", offset: -1 };
    const { producerId, producerEpoch: epoch, baseSequence: first, lastSequence: last } = batch;
    const offset = this.values.length;
    if (producerId >= 0) {
      const known = this.#producers.get(producerId);
      if (known !== undefined && epoch < known.epoch) return { code: "INVALID_PRODUCER_EPOCH", offset: -1 };
      const isSameEpoch = known?.epoch === epoch;
      const recent = isSameEpoch ? known.batches : [];
      const duplicate = recent.find((each) => each.first === first && each.last === last);
      if (duplicate !== undefined) return { code: "NONE", offset: duplicate.offset };
      const expected = isSameEpoch ? ((recent.at(-1)?.last ?? -1) + 1) % 2 ** 31 : 0;
      if (known !== undefined && first !== expected) return { code: "OUT_OF_ORDER_SEQUENCE_NUMBER", offset: -1 };
      this.#producers.set(producerId, { epoch, batches: [...recent, { first, last, offset }].slice(-5) });
    }
    for (const { value } of batch.records()) this.values.push(String(value));
    this.batches.push(batch);
    return { code: "NONE", offset };
  }
}

/** Brokers that answer by script, over any network; what they are asked is recorded. */
export class ScriptedCluster {
  readonly nodes: readonly number[];
  readonly seen: Seen[] = [];
  readonly topics = new Map<string, { readonly id: string; readonly partitions: ScriptedPartition[] }>();
  /** Versions offered instead of all. */
  readonly versions = new Map<string, { readonly minVersion: number; readonly maxVersion: number }>();
  /** Levels of features that are said to be finalized. */
  readonly features = new Map<string, number>();
  /** Asked for each request before it is carried out. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  /** Told after a request was carried out. */
  afterwards: (seen: Seen) => void = () => {};
  hasTopicIds = true;
  readonly #handlers = new Map<string, Handler>();
  readonly #sockets = new Map<Socket, number>();
  #nextProducerId = 1_000;

  constructor(network: Network, nodes: readonly number[] = [1]) {
    this.nodes = nodes;
    for (const node of nodes) void network.listen(this.address(node), (socket) => this.#accept(node, socket));
    this.on(apis.ApiVersions, (_, version) => this.#apiVersions(version));
    this.on(apis.Metadata, (request) => this.#metadata(request.topics?.map(({ name }) => name ?? "")));
    this.on(apis.InitProducerId, () => ({ errorCode: 0, producerId: this.#nextProducerId++, producerEpoch: 0 }));
    this.on(apis.Produce, (request, _, node) => this.#produce(request, node));
    this.on(apis.FindCoordinator, (request) => {
      const place = { nodeId: nodes[0] ?? 1, ...this.address(nodes[0] ?? 1), errorCode: 0, errorMessage: null };
      const [key] = request.coordinatorKeys;
      return key === undefined ? place : { coordinators: [{ key, ...place }] };
    });
  }

  address(node: number): { readonly host: string; readonly port: number } {
    return { host: `broker-${node}`, port: 9092 };
  }

  get bootstrap(): string[] {
    return this.nodes.map((node) => `broker-${node}:9092`);
  }

  /** Requests of one API, as they came. */
  requests(api: Api): readonly Seen[] {
    return this.seen.filter((each) => each.api === api.name);
  }

  on<A extends Api>(
    api: A,
    handler: (
      request: RequestOf<A>,
      version: number,
      node: number,
    ) => ResponseInput<A> | Promise<ResponseInput<A> | undefined> | undefined,
  ): void {
    this.#handlers.set(api.name, handler as Handler);
  }

  topic(name: string, partitions: number): readonly ScriptedPartition[] {
    const id = Buffer.alloc(16, this.topics.size + 1).toString("base64url");
    const made = Array.from({ length: partitions }, (_, index) => {
      return new ScriptedPartition(this.nodes[index % this.nodes.length] ?? 1);
    });
    this.topics.set(name, { id, partitions: made });
    return made;
  }

  /** Closes every connection to a node. */
  drop(node: number): void {
    for (const [socket, each] of this.#sockets) if (each === node) socket.destroy();
  }

  #accept(node: number, socket: Socket): void {
    const frames = new FrameSplitter(64 * 1024 * 1024);
    this.#sockets.set(socket, node);
    socket.on("close", () => this.#sockets.delete(socket));
    // Like a broker, it reads nothing more from a connection while it holds an answer.
    const waiting: Buffer[] = [];
    let isHeld = false;
    const serve = (): void => {
      for (let frame = waiting.shift(); frame !== undefined && !socket.destroyed; frame = waiting.shift()) {
        const held = this.#answer(node, socket, frame);
        if (held === undefined) continue;
        isHeld = true;
        void held.then(() => {
          isHeld = false;
          serve();
        });
        return;
      }
    };
    socket.on("data", (chunk) => {
      waiting.push(...frames.push(chunk));
      if (!isHeld) serve();
    });
  }

  /** A promise when the answer is held. */
  #answer(node: number, socket: Socket, frame: Buffer): Promise<void> | undefined {
    const { apiKey, apiVersion, correlationId } = peekRequest(frame);
    const api = apiByKey.get(apiKey);
    if (api === undefined) throw new Error(`API ${apiKey} is not known`);
    const range = this.versions.get(api.name) ?? api;
    if (apiVersion > range.maxVersion) {
      const refused = { errorCode: wire("UNSUPPORTED_VERSION"), apiKeys: [{ apiKey, ...pick(range) }] };
      for (const buffer of encodeResponse(apis.ApiVersions, 0, correlationId, refused)) socket.write(buffer);
      return undefined;
    }
    const reader = new ByteReader(frame);
    readRequestHeader(reader, api.request.isFlexible(apiVersion));
    const body = api.request.read(reader, apiVersion);
    const seen = { node, api: api.name, version: apiVersion, body };
    this.seen.push(seen);
    const fault = this.fault(seen);
    if (fault === "disconnect") socket.destroy();
    if (fault === "disconnect" || fault === "ignore") return undefined;
    const refused = typeof fault === "object" && "refuse" in fault ? fault.refuse : undefined;
    const response =
      refused === undefined
        ? this.#handlers.get(api.name)?.(body as never, apiVersion, node)
        : refusal(body as Produced, refused);
    this.afterwards(seen);
    const reply = (content: unknown): void => {
      if (content === undefined || socket.destroyed || fault === "swallowAnswer") return;
      if (fault === "loseAnswer") return void socket.destroy();
      const answer =
        typeof fault === "object" && "pretend" in fault ? refusal(body as Produced, fault.pretend) : content;
      const bytes = Buffer.concat(encodeResponse(api, apiVersion, correlationId, answer as ResponseInput<Api>));
      if (fault !== "truncateAnswer") return void socket.write(bytes);
      socket.write(bytes.subarray(0, bytes.length >> 1));
      process.nextTick(() => socket.destroy());
    };
    if (response instanceof Promise) return response.then(reply);
    reply(response);
    return undefined;
  }

  #apiVersions(version: number): ResponseInput<typeof apis.ApiVersions> {
    const apiKeys = Object.values(apis).map(({ key, name, minVersion, maxVersion }) => ({
      apiKey: key,
      ...pick(this.versions.get(name) ?? { minVersion, maxVersion }),
    }));
    const finalizedFeatures = Array.from(this.features, ([name, level]) => ({
      name,
      minVersionLevel: level,
      maxVersionLevel: level,
    }));
    return { errorCode: version < 0 ? -1 : 0, apiKeys, finalizedFeatures };
  }

  #metadata(names: readonly string[] | undefined): ResponseInput<typeof apis.Metadata> {
    const zero = "AAAAAAAAAAAAAAAAAAAAAA";
    const topics = (names ?? [...this.topics.keys()]).map((name) => {
      const topic = this.topics.get(name);
      if (topic === undefined) return { errorCode: wire("UNKNOWN_TOPIC_OR_PARTITION"), name, partitions: [] };
      return {
        errorCode: 0,
        name,
        topicId: this.hasTopicIds ? topic.id : zero,
        partitions: topic.partitions.map(({ leader, epoch }, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: leader,
          leaderEpoch: epoch,
          replicaNodes: [leader],
          isrNodes: [leader],
        })),
      };
    });
    const brokers = this.nodes.map((nodeId) => ({ nodeId, ...this.address(nodeId), rack: null }));
    return { brokers, clusterId: "scripted", controllerId: this.nodes[0] ?? 1, topics };
  }

  #produce(request: Produced, node: number): ResponseInput<typeof apis.Produce> | undefined {
    const responses = request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index, records }) => {
        const found = [...this.topics].find(([each, { id }]) => each === name || id === topicId)?.[1];
        const partition = found?.partitions[index];
        if (partition === undefined) return { index, errorCode: wire("UNKNOWN_TOPIC_OR_PARTITION"), baseOffset: -1 };
        if (partition.leader !== node) {
          const currentLeader = { leaderId: partition.leader, leaderEpoch: partition.epoch };
          return { index, errorCode: wire("NOT_LEADER_OR_FOLLOWER"), baseOffset: -1, currentLeader };
        }
        const [batch] = batchesIn(Buffer.from(records ?? []));
        const { code, offset } =
          batch === undefined ? { code: "INVALID_RECORD" as const, offset: -1 } : partition.append(batch);
        return { index, errorCode: wire(code), baseOffset: offset };
      }),
    }));
    return request.acks === 0 ? undefined : { responses };
  }
}

const pick = ({ minVersion, maxVersion }: { readonly minVersion: number; readonly maxVersion: number }) => ({
  minVersion,
  maxVersion,
});

const refusal = (request: Produced, code: ProtocolErrorCode): ResponseInput<typeof apis.Produce> => ({
  responses: request.topicData.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: wire(code), baseOffset: -1 })),
  })),
});
