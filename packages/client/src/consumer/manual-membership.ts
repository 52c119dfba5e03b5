import type { Cluster } from "../cluster/cluster.js";
import { CoordinatorLink } from "./membership/coordinator-link.js";
import type { GroupMembership, MembershipHost } from "./membership/group-membership.js";
import type { TopicPartition } from "./topic-partition.js";

/** What decides which partitions a consumer reads, and under which name it commits. */
export type Membership = Pick<
  GroupMembership,
  "link" | "identity" | "status" | "start" | "subscriptionChanged" | "disowned" | "pollTimedOut" | "close"
> & {
  /** When the group last said that it knows this member, or there was none to be known, in monotonic time; undefined without a group. */
  readonly confirmedAt: number | undefined;
};

/** Reads the partitions that the application named, whoever else reads them: no group divides them. */
export class ManualMembership implements Membership {
  readonly link: CoordinatorLink;
  /** Commits of a group without members go under no member's name. */
  readonly identity: { readonly memberId: string; readonly generation: number } | undefined;
  readonly confirmedAt = undefined;
  readonly #partitions: readonly TopicPartition[];
  readonly #host: MembershipHost;
  #status: "outside" | "stable" | "ended" = "outside";

  /** @param groupId - Under which offsets are committed; empty commits nothing. */
  constructor(cluster: Cluster, groupId: string, partitions: readonly TopicPartition[], host: MembershipHost) {
    this.link = new CoordinatorLink(cluster, groupId);
    this.identity = groupId === "" ? undefined : { memberId: "", generation: -1 };
    this.#partitions = partitions;
    this.#host = host;
  }

  get status(): "outside" | "stable" | "ended" {
    return this.#status;
  }

  start(): void {
    if (this.#status !== "outside") return;
    this.#status = "stable";
    this.#host.assign(this.#partitions);
  }

  subscriptionChanged(): void {}

  /** The group has members, and takes no commits from outside: each says so by itself. */
  disowned(): boolean {
    return false;
  }

  /** Nobody else would go on with the partitions. */
  pollTimedOut(): void {}

  async close(): Promise<void> {
    const hasBegun = this.#status === "stable";
    this.#status = "ended";
    if (hasBegun) await this.#host.revoke(this.#partitions);
  }
}
