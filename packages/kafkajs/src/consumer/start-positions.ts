import type { Admin as ClientAdmin } from "@ottla/client";
import type { TopicPartition } from "../config/cluster-types.js";

/** Where topics begin for which the group has committed nothing: each as its subscription says. */
export class StartPositions {
  readonly topics: readonly string[];
  /** Where the client begins by itself. */
  readonly from: "earliest" | "latest";
  readonly #fromBeginning: ReadonlySet<string>;

  constructor(topics: ReadonlyMap<string, { readonly fromBeginning: boolean }>) {
    this.topics = [...topics.keys()];
    this.#fromBeginning = new Set(this.topics.filter((name) => topics.get(name)?.fromBeginning));
    this.from = this.#fromBeginning.size === this.topics.length ? "earliest" : "latest";
  }

  /** Those of new partitions that begin at their start though the client would begin at the end. @throws what the cluster says */
  async atStart(
    partitions: readonly TopicPartition[],
    admin: ClientAdmin,
    groupId: string,
    timeoutMs: number,
  ): Promise<readonly TopicPartition[]> {
    if (this.from === "earliest") return [];
    const wanted = partitions.filter(({ topic }) => this.#fromBeginning.has(topic));
    if (wanted.length === 0) return [];
    const committed = await admin.offsets.committed(groupId, { partitions: wanted, timeoutMs });
    for (const { error } of committed) if (error !== undefined) throw error;
    return committed.filter(({ offset }) => offset === undefined);
  }
}
