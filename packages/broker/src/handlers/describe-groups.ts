import { apis, type DescribeGroupsResponseInput } from "@ottla/protocol";
import { stateNames } from "../group/group-state.js";
import { metadataOf } from "../group/protocol-selection.js";
import { groupOperations, operationsNotAsked } from "./authorized-operations.js";
import { errorFields, errorOf } from "./error-code.js";
import type { Handler, HandlerEntry, RequestContext } from "./handler.js";
import { withFewRepeats } from "./repeated.js";

// v3 authorized operations; v4 static members; v5 flexible; v6 GROUP_ID_NOT_FOUND and error texts (KIP-1043).

type GroupAnswer = DescribeGroupsResponseInput["groups"][number];

const nothing = Object.freeze({ groupState: "", protocolType: "", protocolData: "", members: [] });

const handle: Handler<typeof apis.DescribeGroups> = async (context, request, version) => {
  const operations = request.includeAuthorizedOperations ? groupOperations : operationsNotAsked;
  const names = withFewRepeats(request.groups, (group) => group);
  return { groups: await Promise.all(names.map((group) => describe(context, group, version, operations))) };
};

async function describe(
  { broker }: RequestContext,
  groupId: string,
  version: number,
  authorizedOperations: number,
): Promise<GroupAnswer> {
  try {
    const group = await broker.groups.describe(groupId);
    if (group === undefined) {
      const answer = { ...nothing, groupId, groupState: stateNames.dead };
      if (version < 6) return { ...answer, errorCode: 0, authorizedOperations };
      return { ...answer, ...errorFields("GROUP_ID_NOT_FOUND", `Group ${groupId} not found.`) };
    }
    const { protocolName } = group;
    return {
      errorCode: 0,
      groupId,
      groupState: stateNames[group.state],
      protocolType: group.protocolType,
      protocolData: protocolName,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        memberMetadata: metadataOf(member, protocolName),
        memberAssignment: member.assignment,
      })),
      authorizedOperations,
    };
  } catch (failure) {
    return { ...nothing, groupId, errorCode: errorOf(failure).errorCode };
  }
}

export const describeGroupsEntry: HandlerEntry<typeof apis.DescribeGroups> = { api: apis.DescribeGroups, handle };
