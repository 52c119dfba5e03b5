import type { DescribedGroup } from "@ottla/client";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSDeleteGroupsError, KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { type AdminCalls, checkName, refusal } from "./admin-calls.js";
import type {
  ConsumerGroupState,
  DeleteGroupsResult,
  GroupDescription,
  GroupDescriptions,
  GroupOverview,
} from "./admin-types.js";

/** A group in kafkajs's form. @throws KafkaJSError when it could not be read */
export function groupDescription(group: DescribedGroup): GroupDescription {
  const { groupId, state, protocol, protocolType, members, error } = group;
  // Newer brokers say so; older ones, which kafkajs speaks with, call a group dead that they do not know.
  if (error?.code === "GROUP_ID_NOT_FOUND")
    return { groupId, state: "Dead", protocol: "", protocolType: "", members: [] };
  if (error !== undefined) throw asKafkaJSError(error);
  return {
    groupId,
    // A newer broker may say one that kafkajs has no name for.
    state: state as ConsumerGroupState,
    protocol,
    protocolType,
    members: members.map(({ memberId, clientId, host, metadata, assignment }) => ({
      memberId,
      clientId,
      clientHost: host,
      memberMetadata: metadata,
      memberAssignment: assignment,
    })),
  };
}

export async function listGroups({ admin, options }: AdminCalls): Promise<{ groups: GroupOverview[] }> {
  const groups = await admin.groups.list(options);
  return { groups: groups.map(({ groupId, protocolType }) => ({ groupId, protocolType })) };
}

export async function describeGroups(
  { admin, options }: AdminCalls,
  groupIds: readonly string[],
): Promise<GroupDescriptions> {
  const groups = await admin.groups.describe(groupIds, options);
  return { groups: groups.map(groupDescription) };
}

export async function deleteGroups(
  { admin, options }: AdminCalls,
  groupIds: readonly string[],
): Promise<DeleteGroupsResult[]> {
  if (!Array.isArray(groupIds)) throw new KafkaJSNonRetriableError(`not an array of groupIds: ${groupIds}`);
  for (const groupId of groupIds) checkName("groupId", groupId);
  const deleted = await admin.groups.delete(groupIds, options);
  const failed = deleted.flatMap(({ groupId, error }): DeleteGroupsResult[] => {
    if (error === undefined) return [];
    const refused = refusal(error);
    return [{ groupId, errorCode: refused.code, error: refused }];
  });
  if (failed.length > 0) throw new KafkaJSDeleteGroupsError("groups could not be deleted", failed);
  return deleted.map(({ groupId }) => ({ groupId, errorCode: 0 }));
}
