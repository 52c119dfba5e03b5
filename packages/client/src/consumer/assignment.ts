import type { ClientWorld } from "../cluster/cluster.js";
import type { RebalanceChange } from "./consumer-events.js";
import type { ConsumerSettings } from "./consumer-options.js";
import { AssignedPartition } from "./fetch/assigned-partition.js";
import type { MembershipHost } from "./membership/group-membership.js";
import { partitionKey, type TopicPartition } from "./topic-partition.js";

/** What an assignment asks of the consumer it is of. */
export interface AssignmentHost {
  /** Partitions have come; resolves when it is known where they begin. */
  begin(partitions: readonly AssignedPartition[]): Promise<void>;
  /** Partitions are to be handled no further: whoever waits with a record of theirs need not. */
  halted(): void;
  /** Partitions have gone. */
  end(partitions: readonly AssignedPartition[]): void;
  commit(partitions: readonly AssignedPartition[], timeoutMs: number): Promise<void>;
  fail(error: unknown): void;
}

/** How long the last commit of a partition may take. */
const lastCommitMs = 5_000;

/** The partitions that a consumer reads at the moment, as its membership gives and takes them. */
export class Assignment implements MembershipHost {
  readonly #world: ClientWorld;
  readonly #settings: ConsumerSettings;
  readonly #host: AssignmentHost;
  readonly #partitions = new Map<string, AssignedPartition>();
  readonly #running = new Set<Promise<void>>();
  #lastTold: Promise<void> = Promise.resolve();
  #quietWaiters: (() => void)[] = [];

  constructor(world: ClientWorld, settings: ConsumerSettings, host: AssignmentHost) {
    this.#world = world;
    this.#settings = settings;
    this.#host = host;
  }

  get partitions(): Iterable<AssignedPartition> {
    return this.#partitions.values();
  }

  /** The partition, if it is read at the moment. */
  find(partition: TopicPartition): AssignedPartition | undefined {
    return this.#partitions.get(partitionKey(partition));
  }

  /** A failed partition whose failure nobody has been told; counts as told from now on. */
  takeFailure(): Error | undefined {
    for (const partition of this.#partitions.values()) {
      if (partition.failure === undefined || partition.isFailureTold) continue;
      partition.isFailureTold = true;
      return partition.failure;
    }
    return undefined;
  }

  /** Goes back to the first record that is not done, wherever one is that nobody works on. */
  rewind(): void {
    for (const partition of this.#partitions.values()) partition.rewind();
  }

  /** A handler has finished: whoever waits for quiet looks again. */
  settled(): void {
    if (this.#quietWaiters.length === 0) return;
    for (const look of this.#quietWaiters.splice(0)) look();
  }

  assign(partitions: readonly TopicPartition[]): void {
    const added: AssignedPartition[] = [];
    for (const { topic, partition } of partitions) {
      const contract = this.#settings.topics.get(topic);
      if (contract !== undefined) added.push(new AssignedPartition(contract, partition));
    }
    for (const partition of added) this.#partitions.set(partitionKey(partition), partition);
    this.#track(
      this.#tell("assigned", added).then(() => this.#host.begin(added.filter(({ isAssigned }) => isAssigned))),
    );
  }

  async revoke(partitions: readonly TopicPartition[]): Promise<void> {
    const revoked = this.#find(partitions);
    for (const partition of revoked) partition.isHalted = true;
    this.#host.halted();
    this.settled();
    await this.#quiet(revoked);
    await this.#host.commit(revoked, lastCommitMs);
    await this.#give(revoked, "revoked");
  }

  lose(partitions: readonly TopicPartition[]): void {
    this.#track(this.#give(this.#find(partitions), "lost"));
    this.settled();
  }

  fail(error: unknown): void {
    this.#host.fail(error);
  }

  /** Resolves when nothing that was begun for an assignment runs any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #find(partitions: readonly TopicPartition[]): readonly AssignedPartition[] {
    return partitions.flatMap((partition) => this.#partitions.get(partitionKey(partition)) ?? []);
  }

  /** Resolves when no record of these is being handled, or to be settled, or `drainTimeoutMs` are over. */
  async #quiet(partitions: readonly AssignedPartition[]): Promise<void> {
    let isLate = false;
    const timer = this.#world.timers.after(this.#settings.drainTimeoutMs, () => {
      isLate = true;
      this.settled();
    });
    const isLoud = () =>
      partitions.some(({ running, unsettled, isAssigned }) => (running > 0 || unsettled > 0) && isAssigned);
    while (isLoud() && !isLate) await new Promise<void>((resolve) => this.#quietWaiters.push(resolve));
    timer.cancel();
  }

  async #give(partitions: readonly AssignedPartition[], kind: "revoked" | "lost"): Promise<void> {
    // Some may be lost while they are revoked, or revoked twice when the consumer closes meanwhile.
    const given = partitions.filter(({ isAssigned }) => isAssigned);
    for (const partition of given) {
      partition.isAssigned = false;
      partition.isHalted = true;
      this.#partitions.delete(partitionKey(partition));
    }
    this.#host.halted();
    this.#host.end(given);
    if (given.length > 0) await this.#tell(kind, given);
  }

  /** Tells the application, one change after the other. Never rejects. */
  #tell(kind: RebalanceChange["kind"], partitions: readonly AssignedPartition[]): Promise<void> {
    const { onRebalance, drainTimeoutMs } = this.#settings;
    if (onRebalance === undefined) return Promise.resolve();
    const change = { kind, partitions: partitions.map(({ topic, partition }) => ({ topic, partition })) };
    const { timers } = this.#world;
    this.#lastTold = this.#lastTold.then(
      () =>
        new Promise<void>((resolve) => {
          const timer = timers.after(drainTimeoutMs, resolve);
          const told = async () => onRebalance(change);
          void told()
            .catch((error: unknown) => this.#host.fail(error))
            .then(() => {
              timer.cancel();
              resolve();
            });
        }),
    );
    return this.#lastTold;
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#host.fail(error)).finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}
