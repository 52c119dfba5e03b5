import type { CoordinatedMember, Kafka, Logger } from "@ottla/client";
import type { Leadership } from "./leadership.js";
import {
  decodeAssignment,
  elected,
  encodeAssignment,
  encodeIdentity,
  type ServerIdentity,
  urlOf,
} from "./server-identity.js";

/** How servers of one topic find the one that writes. */
export interface ElectionOptions {
  /** The group they meet in. Default `schema-registry` (`schema.registry.group.id`). */
  readonly groupId?: string;
  /** The host at which the others reach this server. Default: the one it listens on. */
  readonly advertisedHost?: string;
  /** False for a server that never leads. Default true (`leader.eligibility`). */
  readonly isEligible?: boolean;
  /** After which a server that is not heard of no longer leads, in ms. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** Default 3,000. */
  readonly heartbeatIntervalMs?: number;
}

/**
 * Takes part in the election of the server that writes, as Confluent's registries do: a group with the protocol type `sr`,
 * whose leader tells everybody which server has the smallest URL. While the group changes nobody writes.
 */
export function joinElection(
  kafka: Kafka,
  identity: ServerIdentity,
  leadership: Leadership,
  options: ElectionOptions & { readonly logger: Logger | undefined },
): CoordinatedMember {
  const { groupId = "schema-registry", sessionTimeoutMs, heartbeatIntervalMs, logger } = options;
  leadership.set({ kind: "unknown" });
  return kafka.coordinatedMember({
    groupId,
    protocolType: "sr",
    protocols: [{ name: "v0", metadata: encodeIdentity(identity) }],
    sessionTimeoutMs,
    heartbeatIntervalMs,
    assign: (members) => {
      const assignment = encodeAssignment(elected(members));
      return new Map(members.map(({ memberId }) => [memberId, assignment]));
    },
    onAssigned: (bytes, memberId) => {
      const { leaderId, leader, hasDuplicates } = decodeAssignment(bytes);
      if (hasDuplicates) logger?.error(`Registry: two servers call themselves ${urlOf(identity)}, or another URL`);
      if (leaderId === undefined || leader === undefined) leadership.settle({ kind: "unknown" });
      else leadership.settle(leaderId === memberId ? { kind: "self" } : { kind: "other", url: urlOf(leader) });
      logger?.info("Registry: elected", { leader: leader && urlOf(leader), isSelf: leaderId === memberId });
    },
    onLost: () => leadership.set({ kind: "unknown" }),
    onFailed: (error) => {
      leadership.set({ kind: "unknown" });
      logger?.error(`Registry: group "${groupId}" refused this server; it only reads from now on`, { error });
    },
  });
}
