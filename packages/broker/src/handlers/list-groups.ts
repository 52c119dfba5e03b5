import { apis } from "@ottla/protocol";
import { stateNames } from "../group/group-state.js";
import { errorOf } from "./error-code.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v3 flexible; v4 states (KIP-518); v5 types (KIP-848).

const classic = "classic";

const handle: Handler<typeof apis.ListGroups> = async ({ broker }, request) => {
  const passes = filterOf(request.statesFilter.map((name) => name.trim()));
  if (!filterOf(request.typesFilter)(classic)) return { errorCode: 0, groups: [] };
  try {
    const groups = (await broker.groups.list()).map(([groupId, { state, protocolType }]) => ({
      groupId,
      protocolType,
      groupState: stateNames[state],
      groupType: classic,
    }));
    return { errorCode: 0, groups: groups.filter(({ groupState }) => passes(groupState)) };
  } catch (failure) {
    return { errorCode: errorOf(failure).errorCode, groups: [] };
  }
};

/** No names let everything pass; case does not matter. */
function filterOf(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return (name) => wanted.size === 0 || wanted.has(name.toLowerCase());
}

export const listGroupsEntry: HandlerEntry<typeof apis.ListGroups> = { api: apis.ListGroups, handle };
