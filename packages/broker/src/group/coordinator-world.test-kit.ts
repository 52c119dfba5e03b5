import { KafkaProtocolError } from "@ottla/protocol";
import type { Timers } from "@ottla/world";
import { onTestFinished } from "vitest";
import { BrokerConfig } from "../config/broker-config.js";
import type { PartitionLog } from "../log/partition-log.js";
import { silent } from "../logger.js";
import { offsetsTopicName } from "../topics/internal-topics.js";
import type { Topic, Topics } from "../topics/topics.js";
import { GroupCoordinator, type JoinGroup } from "./group-coordinator.js";
import { joinRequest } from "./group-harness.test-kit.js";
import { ManualTime, settled } from "./manual-time.test-kit.js";
import { FakeOffsetsLog } from "./offsets-log.test-kit.js";

export const group = "billing";

/** One coordinator after the other over the same logs, as over restarts. */
export class CoordinatorWorld {
  readonly time = new ManualTime();
  readonly config: BrokerConfig;
  logs: FakeOffsetsLog[] = [];
  readonly #topics = new Map<string, string>([["orders", idOf("orders-id")]]);

  constructor(config: ConstructorParameters<typeof BrokerConfig>[0] = {}) {
    this.config = new BrokerConfig({
      "group.initial.rebalance.delay.ms": 0,
      "offsets.topic.num.partitions": 1,
      ...config,
    });
  }

  get log(): FakeOffsetsLog {
    const [log] = this.logs;
    if (log === undefined) throw new Error("no log yet");
    return log;
  }

  get topics(): Pick<Topics, "get" | "ensure"> {
    return {
      get: (name) => {
        if (name === offsetsTopicName) return this.logs.length > 0 ? asTopic(name, "offsets-id", this.logs) : undefined;
        const id = this.#topics.get(name);
        return id === undefined ? undefined : asTopic(name, id, []);
      },
      ensure: async ({ name, partitions }) => {
        this.logs = Array.from({ length: partitions }, (_, partition) => new FakeOffsetsLog(partition));
        return asTopic(name, "offsets-id", this.logs);
      },
    };
  }

  setTopic(name: string, id: string | null): void {
    if (id === null) this.#topics.delete(name);
    else this.#topics.set(name, id);
  }

  /** @param timers - Of the coordinator, where they are not {@link CoordinatorWorld.time}'s. */
  async open(timers: Timers = this.time): Promise<GroupCoordinator> {
    const random = { next: () => 0, bytes: () => this.#nextId() };
    const world = { clock: this.time, timers, random };
    const coordinator = await GroupCoordinator.open({
      world,
      config: this.config,
      topics: this.topics,
      logger: silent,
    });
    onTestFinished(() => coordinator.close());
    return coordinator;
  }

  #ids = 0;

  #nextId(): Buffer {
    this.#ids += 1;
    const id = Buffer.alloc(16);
    id.writeUInt32BE(this.#ids);
    return id;
  }

  /** What of the log is there after the power went: what was durable. */
  crash(): void {
    this.logs = this.logs.map((log) => {
      log.isHeld = true;
      log.fail();
      return new FakeOffsetsLog(log.partition, log.batches);
    });
  }
}

const asTopic = (name: string, id: string, partitions: readonly PartitionLog[]): Topic =>
  ({ name, id, partitions, isInternal: false }) as unknown as Topic;

export const joinGroup = (overrides: Partial<JoinGroup> = {}): JoinGroup => {
  const { newMemberId: _, ...request } = joinRequest();
  return { ...request, ...overrides };
};
export const syncGroup = (memberId: string, generation: number, assignments: Record<string, string> = {}) => ({
  memberId,
  instanceId: null,
  generation,
  protocolType: null,
  protocolName: null,
  assignments: new Map(Object.entries(assignments).map(([id, text]) => [id, Buffer.from(text)])),
});
export const nobody = { memberId: "", instanceId: null, generation: -1 };
export const offsetOf = (offset: number, topicId = "orders-id") => ({
  offset,
  leaderEpoch: -1,
  metadata: "",
  commitTimestamp: 1_700_000_000_000,
  expireTimestamp: null,
  topicId: Buffer.from(topicId.padEnd(16)).toString("base64url"),
});
export const commitOf = (offset: number, topic = "orders", topicId = "orders-id") => [
  { topic, partition: 0, value: offsetOf(offset, topicId) },
];
export const idOf = (name: string) => Buffer.from(name.padEnd(16)).toString("base64url");
export const committed = async (coordinator: GroupCoordinator, name = group) =>
  (await coordinator.fetchOffsets(name, null)).map(({ topic, partitions }) => [topic, partitions[0]?.offset?.offset]);

export async function oneMember(world: CoordinatorWorld, coordinator: GroupCoordinator): Promise<string> {
  const joining = coordinator.joinGroup(group, joinGroup());
  await world.time.advance(0);
  const { memberId } = await joining;
  await coordinator.syncGroup(group, syncGroup(memberId, 1, { [memberId]: "all" }));
  return memberId;
}

export const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "NONE";
  } catch (error) {
    return error instanceof KafkaProtocolError ? error.code : String(error);
  }
};

/** Resolves with whether the promise is through by now. */
export async function isThrough(work: Promise<unknown>): Promise<boolean> {
  let through = false;
  work.then(
    () => (through = true),
    () => (through = true),
  );
  await settled();
  return through;
}
