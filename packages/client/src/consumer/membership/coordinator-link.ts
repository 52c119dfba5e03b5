import { type Api, KafkaProtocolError, type ResponseOf } from "@ottla/protocol";
import type { Cluster, RequestBody, RequestOptions } from "../../cluster/cluster.js";
import { KafkaConnectionError } from "../../errors/kafka-connection-error.js";
import { KafkaTimeoutError } from "../../errors/kafka-timeout-error.js";

/** A member as a coordinator that divides the partitions itself (KIP-848) knows it. */
type EpochIdentity = { readonly memberId: string; readonly generation: number } | undefined;

/** Requests of one member to the coordinator of its group. */
export class CoordinatorLink {
  readonly groupId: string;
  /** Who asks for committed offsets: such a coordinator answers none to a member of an older epoch. */
  readonly reader: () => EpochIdentity;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, groupId: string, reader: () => EpochIdentity = () => undefined) {
    this.#cluster = cluster;
    this.groupId = groupId;
    this.reader = reader;
  }

  /**
   * A request that the coordinator answers at once. It does not travel with those of {@link CoordinatorLink.askHeld}: a broker
   * reads nothing more from a connection while it holds a JoinGroup, so a heartbeat, a commit, or the LeaveGroup that would
   * end the wait, would wait behind it.
   */
  ask<A extends Api>(api: A, body: RequestBody<A>, options?: RequestOptions): Promise<ResponseOf<A>> {
    return this.#cluster.request({ group: this.groupId, purpose: "general" }, api, body, options);
  }

  /** A request that the coordinator may hold until other members have come: JoinGroup, SyncGroup. */
  askHeld<A extends Api>(api: A, body: RequestBody<A>, options?: RequestOptions): Promise<ResponseOf<A>> {
    return this.#cluster.request({ group: this.groupId }, api, body, options);
  }

  /** Looks for the coordinator again before the next request. */
  invalidate(): void {
    this.#cluster.invalidateGroup(this.groupId);
  }
}

/** Whether the same may succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  if (error instanceof KafkaProtocolError) return error.retriable || error.code === "STALE_MEMBER_EPOCH";
  return error instanceof KafkaConnectionError || error instanceof KafkaTimeoutError;
}
