import type { Assignment } from "./assignment.js";
import type { AssignedPartition } from "./fetch/assigned-partition.js";
import type { Committer } from "./offsets/committer.js";
import type { FedRecord } from "./record-feed.js";
import type { Outcome } from "./run/handler-runner.js";

/** Keeps book of which records are done, as handlers end and the application says. */
export class Settlement {
  readonly #isByHand: boolean;
  readonly #assignment: Assignment;
  readonly #committer: Committer;

  /** @param isByHand - Whether records are done only when the application says so. */
  constructor(isByHand: boolean, assignment: Assignment, committer: Committer) {
    this.#isByHand = isByHand;
    this.#assignment = assignment;
    this.#committer = committer;
  }

  /** A record is given to the application. */
  begun({ handed }: FedRecord): void {
    if (this.#isByHand) handed.tracker.begin(handed);
  }

  /** The application, or its handler, has ended with a record. */
  finished({ partition, handed }: FedRecord, outcome: Outcome): void {
    const isDone = outcome === "diverted" || (outcome === "handled" && !this.#isByHand);
    if (outcome === "undone") handed.tracker.giveUp(handed);
    if (isDone && !handed.isDone) {
      partition.done(handed);
      this.#committer.noteDone();
    }
    this.#assignment.settled();
  }

  /** The application says that a record is done. */
  done(partition: AssignedPartition, handed: FedRecord["handed"]): void {
    if (handed.isDone) return;
    partition.done(handed);
    this.#committer.noteDone();
    if (partition.isHalted) this.#assignment.settled();
  }
}
