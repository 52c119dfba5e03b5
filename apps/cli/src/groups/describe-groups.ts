import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

/** `ottla groups describe`: who is in a group, and what each member has. */
export async function describeGroups(
  terminal: Terminal,
  groupIds: readonly string[],
  options: ClusterOptions,
): Promise<void> {
  await withKafka(terminal, options, async (kafka) => {
    const groups = await kafka.admin().groups.describe(groupIds, { signal: terminal.signal });
    for (const { error, ...group } of groups) {
      if (error !== undefined) continue;
      if (options.json) {
        await terminal.write(jsonLine(group));
        continue;
      }
      const assignor = group.protocol === "" ? "" : `  assignor ${group.protocol}`;
      const members = group.members.map(({ memberId, groupInstanceId, clientId, host, partitions }) => ({
        member: memberId,
        instance: groupInstanceId,
        client: clientId,
        host,
        partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(" ") || null,
      }));
      await terminal.write(`${group.groupId}  ${group.state}${assignor}\n${table(members)}`);
    }
    throwIfFailed(groups);
    // Brokers before 4.0 answer a group that is not there as a dead one.
    for (const { groupId, state } of groups)
      if (state === "Dead") throw new CommandError(`there is no group "${groupId}"`);
  });
}
