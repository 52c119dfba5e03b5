import type { Admin, PartitionChange, PartitionMetadata, PartitionName } from "@ottla/client";
import { eventually } from "../../kit/eventually.js";
import type { KafkaCluster, KafkaNode } from "../kafka-cluster.js";

/** Something that was done to the cluster. Milliseconds since the epoch. */
export interface Disturbance {
  readonly what: string;
  readonly at: number;
}

const patience = { withinMs: 120_000, everyMs: 200 };

/** What happens to a cluster in its life: brokers die and come back, leaders move, replicas go elsewhere. Moves are made by our admin. */
export class Disturbances {
  /** In the order of time. */
  readonly log: Disturbance[] = [];
  readonly #cluster: KafkaCluster;
  readonly #admin: Admin;
  readonly #topics: readonly string[];

  constructor(cluster: KafkaCluster, admin: Admin, topics: readonly string[]) {
    this.#cluster = cluster;
    this.#admin = admin;
    this.#topics = topics;
  }

  /** What is done from now on. */
  note(what: string): void {
    this.log.push({ what, at: Date.now() });
  }

  /** `kill -9`; resolves when the node is back, and in sync with all its replicas. `whileDown` is awaited before it is started again. */
  async killAndRestart(node: KafkaNode, whileDown: () => Promise<void>): Promise<void> {
    this.note(`kill -9 of broker ${node.id}`);
    await node.kill();
    await whileDown();
    this.note(`broker ${node.id} starts`);
    await node.start();
    await this.allInSync();
  }

  /** Gives each partition its next replica as preferred leader, and has those elected. */
  async moveLeaders(): Promise<void> {
    this.note("leaders move");
    const turned = (await this.#partitions()).map((each) => ({ ...each, replicas: turn(each.replicas) }));
    await this.#reassign(turned);
    await eventually(async () => {
      const outcomes = await this.#admin.partitions.electLeaders("preferred", turned.map(nameOf));
      return outcomes.every(({ error }) => error === undefined || error.code === "ELECTION_NOT_NEEDED");
    }, what("the election of preferred leaders"));
    await this.#until(({ leader, replicas }) => leader === replicas[0], "preferred leaders");
  }

  /** Takes every other partition away from its leader's broker, and gives it back. */
  async moveReplicas(): Promise<void> {
    const some = (await this.#partitions()).filter((_, index) => index % 2 === 0);
    this.note("partitions leave their leaders");
    await this.#reassign(some.map((each) => ({ ...each, replicas: each.replicas.filter((id) => id !== each.leader) })));
    this.note("partitions come back");
    await this.#reassign(
      some.map((each) => ({
        ...each,
        replicas: [...each.replicas.filter((id) => id !== each.leader), each.leader],
      })),
    );
    await this.allInSync();
  }

  /** Resolves when no replica of any topic, those of the cluster included, is behind. */
  async allInSync(): Promise<void> {
    await eventually(async () => {
      const topics = await this.#admin.topics.list({ internal: true });
      return (
        this.#cluster.nodes.every(({ isRunning }) => isRunning) &&
        topics.every(({ partitions }) =>
          partitions.every(({ replicas, inSyncReplicas }) => inSyncReplicas.length === replicas.length),
        )
      );
    }, what("all replicas to be in sync"));
  }

  async #reassign(partitions: readonly (PartitionName & { readonly replicas: readonly number[] })[]): Promise<void> {
    const moves = partitions.map((each) => ({ ...nameOf(each), replicas: each.replicas }));
    await eventually(async () => noErrors(await this.#admin.partitions.reassign(moves)), what("a reassignment"));
    const wanted = new Map(moves.map((move) => [keyOf(move), String(move.replicas)]));
    await eventually(
      async () => (await this.#admin.partitions.reassignments(moves.map(nameOf))).length === 0,
      what("reassignments to end"),
    );
    await this.#until(
      (each) => !wanted.has(keyOf(each)) || wanted.get(keyOf(each)) === String(each.replicas),
      "reassigned replicas",
    );
  }

  #until(isIt: (partition: PartitionMetadata & PartitionName) => boolean, forWhat: string): Promise<boolean> {
    return eventually(async () => (await this.#partitions()).every(isIt), what(forWhat));
  }

  async #partitions(): Promise<readonly (PartitionMetadata & PartitionName)[]> {
    const topics = await this.#admin.topics.describe(this.#topics);
    return topics.flatMap(({ name, partitions, error }) => {
      if (error !== undefined) throw error;
      return partitions.map((each) => ({ ...each, topic: name }));
    });
  }
}

const what = (text: string) => ({ ...patience, what: text });
const turn = ([first, ...others]: readonly number[]): readonly number[] =>
  first === undefined ? [] : [...others, first];
const nameOf = ({ topic, partition }: PartitionName): PartitionName => ({ topic, partition });
const keyOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`;

function noErrors(outcomes: readonly PartitionChange[]): boolean {
  for (const { error } of outcomes) if (error !== undefined) throw error;
  return true;
}
