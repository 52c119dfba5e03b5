import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import { KafkaClosedError } from "../errors/kafka-closed-error.js";
import { Assignment } from "./assignment.js";
import { MaxPollIntervalError } from "./consumer-errors.js";
import type { ConsumerSettings } from "./consumer-options.js";
import { FailedRecords, type OpenPublisher } from "./dead-letter/failed-records.js";
import { Fetcher } from "./fetch/fetcher.js";
import { ManualMembership, type Membership } from "./manual-membership.js";
import { GroupMembership } from "./membership/group-membership.js";
import { ReconciledMembership } from "./membership/reconciled-membership.js";
import { Committer } from "./offsets/committer.js";
import { PositionFinder } from "./offsets/position-finder.js";
import { PositionReset } from "./offsets/position-reset.js";
import { PatternLookup } from "./pattern-lookup.js";
import { PollInterval } from "./poll-interval.js";
import { CurrentReader } from "./reading/current-reader.js";
import { RecordSource } from "./reading/record-source.js";
import { readyTopics } from "./ready-topics.js";
import { type FedRecord, RecordFeed } from "./record-feed.js";
import type { Outcome } from "./run/handler-runner.js";
import { SideTopics } from "./run/side-topics.js";
import { Settlement } from "./settlement.js";
import { PartitionWatch } from "./watchdog/partition-watch.js";

const memberships = { classic: GroupMembership, consumer: ReconciledMembership } as const;

/** What a consumer is made of, from its start to its close: each part, and what it tells the others. */
export class ConsumerParts {
  readonly assignment: Assignment;
  readonly membership: Membership;
  readonly fetcher: Fetcher;
  readonly committer: Committer;
  readonly feed: RecordFeed;
  readonly reset: PositionReset;
  readonly sideTopics: SideTopics;
  readonly watch: PartitionWatch;
  readonly source: RecordSource;
  readonly reader: CurrentReader;
  /** Aborts as soon as the consumer closes: ends the start, and whatever else waits for a broker. */
  readonly closed: AbortSignal;
  readonly #world: ClientWorld;
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #settlement: Settlement;
  readonly #failed: FailedRecords;
  readonly #pollInterval: PollInterval;
  readonly #patternLookup: PatternLookup;
  readonly #closed = new AbortController();
  /** Ends the fetches, once the partitions are given up. */
  readonly #stopped = new AbortController();

  /** The cluster is closed with the parts, and what `openPublisher` has made. */
  constructor(world: ClientWorld, cluster: Cluster, settings: ConsumerSettings, openPublisher: OpenPublisher) {
    const { signal } = this.#stopped;
    this.#world = world;
    this.#cluster = cluster;
    this.#settings = settings;
    this.closed = this.#closed.signal;
    const fail = (error: unknown) => this.fail(error);
    const ready = () => this.wake();
    this.assignment = new Assignment(world, settings, {
      begin: async (partitions) => {
        this.fetcher.add(partitions);
        await finder.find(partitions);
        this.fetcher.pump();
        this.wake();
      },
      halted: () => this.look(),
      end: (partitions) => this.fetcher.remove(partitions),
      commit: (partitions, timeoutMs) => this.committer.commit(partitions, timeoutMs),
      fail,
    });
    this.membership =
      settings.assign === undefined
        ? new memberships[settings.groupProtocol](world, cluster, settings, this.assignment)
        : new ManualMembership(cluster, settings.groupId, settings.assign, this.assignment);
    this.reset = new PositionReset(world, cluster, settings, signal);
    const finder = new PositionFinder(this.membership.link, this.reset, settings, signal);
    this.fetcher = new Fetcher(
      world,
      cluster,
      settings,
      { ready, fail, outOfRange: (partition, offset) => this.reset.reset([partition], offset) },
      signal,
    );
    this.committer = new Committer(world, settings, this.membership, () => this.assignment.partitions);
    this.#settlement = new Settlement(settings.settlesByHand, this.assignment, this.committer);
    this.feed = new RecordFeed(
      world,
      settings,
      this.fetcher,
      { ready, settled: (partition, handed) => this.#settlement.done(partition, handed) },
      signal,
    );
    this.#failed = new FailedRecords(world.clock, settings, openPublisher);
    this.sideTopics = new SideTopics(world, cluster, settings, this.#failed);
    this.source = new RecordSource(
      world,
      {
        start: () => this.#start(),
        rejoin: () => this.#rejoin(),
        takeFailure: () => this.assignment.takeFailure(),
        poll: (onPoison) => this.feed.poll(onPoison),
      },
      this.closed,
    );
    this.reader = new CurrentReader(this.source);
    this.watch = new PartitionWatch(world, settings, {
      assignment: this.assignment,
      fetcher: this.fetcher,
      feed: this.feed,
      busySinceOf: (partition) => this.reader.busySinceOf(partition),
    });
    this.#pollInterval = new PollInterval(world, settings.maxPollIntervalMs, {
      busySince: () => this.reader.busySince,
      overdue: () => this.#overdue(),
    });
    const changed = () => this.membership.subscriptionChanged();
    this.#patternLookup = new PatternLookup(world, cluster, settings, { changed, fail }, this.closed);
  }

  /** A record is given to the application. */
  begun(fed: FedRecord): void {
    this.#settlement.begun(fed);
  }

  /** The application has ended with a record. */
  finished(fed: FedRecord, outcome: Outcome): void {
    this.#settlement.finished(fed, outcome);
    // A handler that took too long has ended: the consumer may join again.
    if (this.membership.status === "outside") this.wake();
  }

  /** The reader has ended. What it was given and is not done comes again to the next. */
  release(): void {
    this.reader.end();
    // There is no next after closing, and what is begun may yet be done.
    if (this.closed.aborted) return;
    this.assignment.rewind();
    this.fetcher.pump();
  }

  /** Partitions may be read, or not, in another way than before: records that wait for that are looked at. */
  look(): void {
    this.feed.look();
    this.reader.look();
  }

  /** Something has come of what others wait for: they look. */
  wake(): void {
    this.assignment.settled();
    this.source.wake();
  }

  /** Whoever reads is told. */
  fail(error: unknown): void {
    // What was cut off by the end of closing is not a failure.
    if (this.#stopped.signal.aborted) return;
    this.source.fail(error);
    this.wake();
  }

  /** For once. Resolves when what was handed out is settled or too late, and nothing runs any more. */
  async close(): Promise<void> {
    this.#closed.abort(new KafkaClosedError(`the consumer of group "${this.#settings.groupId}" was closed`));
    this.wake();
    await this.source.started();
    await this.#patternLookup.stop();
    await this.membership.close();
    await this.committer.stop();
    this.#stopped.abort(this.closed.reason);
    this.#pollInterval.stop();
    this.watch.stop();
    this.look();
    await Promise.all([this.fetcher.close(), this.assignment.close(), this.#failed.close()]);
    await this.#cluster.close();
  }

  async #start(): Promise<void> {
    const { poisonPolicy, assign } = this.#settings;
    await readyTopics(this.#world, this.#cluster, this.#settings, this.closed);
    await this.sideTopics.ready(undefined, poisonPolicy, this.closed);
    this.membership.start();
    this.committer.start();
    if (assign === undefined) this.#pollInterval.start();
    this.watch.start();
    this.#patternLookup.start();
  }

  #rejoin(): void {
    if (this.membership.status === "outside" && !this.#pollInterval.isOverdue) this.membership.start();
  }

  #overdue(): void {
    const { groupId, maxPollIntervalMs, onEvent } = this.#settings;
    const { status } = this.membership;
    if (this.closed.aborted || status === "ended" || status === "outside") return;
    onEvent({ kind: "pollTimeout", error: new MaxPollIntervalError(groupId, maxPollIntervalMs) });
    this.membership.pollTimedOut();
  }
}
