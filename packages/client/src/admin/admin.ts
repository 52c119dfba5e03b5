import type { ClientWorld, Cluster } from "../cluster/cluster.js";
import type { Node } from "../cluster/topic-metadata.js";
import { AclAdmin } from "./acl-admin.js";
import { AdminCluster, type AdminOptions } from "./admin-retry.js";
import { ConfigAdmin } from "./config-admin.js";
import { FeatureAdmin } from "./feature-admin.js";
import { GroupAdmin } from "./group-admin.js";
import { groupLag, type PartitionLag } from "./group-lag.js";
import { LogDirAdmin } from "./log-dir-admin.js";
import { OffsetAdmin } from "./offset-admin.js";
import { PartitionAdmin } from "./partition-admin.js";
import { QuorumAdmin } from "./quorum-admin.js";
import { QuotaAdmin } from "./quota-admin.js";
import { TokenAdmin } from "./token-admin.js";
import { TopicAdmin } from "./topic-admin.js";
import { TransactionAdmin } from "./transaction-admin.js";
import { UserAdmin } from "./user-admin.js";

/** The cluster, its brokers, and the one that does its bookkeeping. */
export interface ClusterDescription {
  readonly clusterId: string | undefined;
  readonly controllerId: number;
  readonly brokers: readonly Node[];
}

/**
 * Looks at a cluster and changes it. Calls for several things answer an outcome for each, failures included; a call
 * rejects when there is no answer at all. Transient failures are tried again until `timeoutMs`.
 */
export class Admin {
  readonly topics: TopicAdmin;
  readonly configs: ConfigAdmin;
  readonly groups: GroupAdmin;
  readonly offsets: OffsetAdmin;
  readonly partitions: PartitionAdmin;
  readonly transactions: TransactionAdmin;
  readonly acls: AclAdmin;
  readonly users: UserAdmin;
  readonly tokens: TokenAdmin;
  readonly quotas: QuotaAdmin;
  readonly logDirs: LogDirAdmin;
  readonly features: FeatureAdmin;
  readonly quorum: QuorumAdmin;
  readonly #cluster: AdminCluster;

  /** @internal Made by `kafka.admin()`. The cluster becomes the admin's, which closes it. */
  constructor(world: ClientWorld, cluster: Cluster) {
    this.#cluster = new AdminCluster(world, cluster);
    this.topics = new TopicAdmin(this.#cluster);
    this.configs = new ConfigAdmin(this.#cluster);
    this.offsets = new OffsetAdmin(this.#cluster);
    this.groups = new GroupAdmin(this.#cluster, this.offsets);
    this.partitions = new PartitionAdmin(this.#cluster);
    this.transactions = new TransactionAdmin(this.#cluster, this.partitions, world.clock);
    this.acls = new AclAdmin(this.#cluster);
    this.users = new UserAdmin(this.#cluster, world.random);
    this.tokens = new TokenAdmin(this.#cluster);
    this.quotas = new QuotaAdmin(this.#cluster);
    this.logDirs = new LogDirAdmin(this.#cluster);
    this.features = new FeatureAdmin(this.#cluster);
    this.quorum = new QuorumAdmin(this.#cluster);
  }

  /** How far a group is behind, partition by partition. */
  lag(groupId: string, options?: AdminOptions): Promise<readonly PartitionLag[]> {
    return groupLag(this, groupId, options);
  }

  /** The cluster as it is now. */
  async describeCluster(options?: AdminOptions): Promise<ClusterDescription> {
    const { cluster } = this.#cluster;
    await this.#cluster.retrying(options, (signal) => cluster.refresh([], { signal }));
    return { clusterId: cluster.clusterId, controllerId: cluster.controllerId, brokers: cluster.nodes };
  }

  /** Closes its connections at once; calls under way reject. Twice is fine. */
  async close(): Promise<void> {
    await this.#cluster.cluster.close();
  }

  /** As {@link Admin.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
