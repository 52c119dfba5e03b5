import { type GroupMember, type GroupProtocol, type GroupState, isPopulated, noBytes } from "./group-state.js";

const offers = (member: GroupMember, name: string) => member.protocols.some((protocol) => protocol.name === name);

/** Whether a member with these protocols can be in the group: it shares one with everybody who is there. */
export function supportsProtocols(
  state: GroupState,
  protocolType: string,
  protocols: readonly GroupProtocol[],
): boolean {
  if (!isPopulated(state)) return protocolType !== "" && protocols.length > 0;
  const members = [...state.members.values()];
  return (
    protocolType === state.protocolType && protocols.some(({ name }) => members.every((member) => offers(member, name)))
  );
}

/**
 * The protocol of the next generation: among those that all members offer, each member votes for its first. The most
 * votes win, and of equals the one that was voted for first.
 */
export function selectProtocol(members: ReadonlyMap<string, GroupMember>): string {
  const votes = new Map<string, number>();
  const all = [...members.values()];
  for (const member of all) {
    const choice = member.protocols.find(({ name }) => all.every((other) => offers(other, name)));
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
  }
  let winner: readonly [string, number] | undefined;
  for (const entry of votes) if (winner === undefined || entry[1] > winner[1]) winner = entry;
  if (winner === undefined) throw new Error(`${all.length} members were let in without a protocol in common`);
  return winner[0];
}

/** What a member said about itself under a protocol. */
export const metadataOf = (member: GroupMember, protocolName: string): Uint8Array =>
  member.protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes;

/** Whether a member that joins again says the same as before. */
export const isUnchanged = (member: GroupMember, protocols: readonly GroupProtocol[]): boolean =>
  member.protocols.length === protocols.length &&
  member.protocols.every(({ name, metadata }, index) => {
    const other = protocols[index];
    return other !== undefined && other.name === name && Buffer.compare(other.metadata, metadata) === 0;
  });
