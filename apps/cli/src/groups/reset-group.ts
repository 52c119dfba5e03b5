import { type Admin, KafkaProtocolError, type PlannedOffset, type ResetPlan } from "@ottla/client";
import { throwIfFailed } from "../cluster/outcomes.js";
import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { CommandError } from "../command-error.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import { jsonLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type NamedTopic, namedTopics, resetTarget, type TargetOptions } from "./reset-target.js";

interface ResetOptions extends ClusterOptions, Confirmation, TargetOptions {
  readonly topic: readonly string[];
}

/** `ottla groups reset`: shows what would move, asks, and moves it. */
export async function resetGroup(terminal: Terminal, groupId: string, options: ResetOptions): Promise<void> {
  const to = resetTarget(options);
  const topics = namedTopics(options.topic);
  await withKafka(terminal, options, async (kafka) => {
    const plan = await planned(kafka.admin(), groupId, { topics, to }, terminal.signal);
    const moves = plan.partitions.filter(({ to: offset }) => offset !== undefined);
    if (options.dryRun) {
      await show(terminal, plan, plan.partitions, options);
      return;
    }
    throwIfFailed(plan.partitions);
    if (!(await confirmed(terminal, moves.map(inWords), options, "move"))) return;
    const outcomes = await plan.apply({ signal: terminal.signal });
    await show(terminal, plan, outcomes, options);
    throwIfFailed(outcomes);
  });
}

async function planned(
  admin: Admin,
  groupId: string,
  reset: { readonly topics: readonly NamedTopic[] | undefined; readonly to: ReturnType<typeof resetTarget> },
  signal: AbortSignal,
): Promise<ResetPlan> {
  try {
    const plan = await admin.groups.planReset(groupId, reset, { signal });
    if (plan.partitions.length > 0) return plan;
    throw new CommandError(`group "${groupId}" has committed nothing`, { hint: "--topic says where it is to begin." });
  } catch (error) {
    if (!(error instanceof KafkaProtocolError) || error.code !== "NON_EMPTY_GROUP") throw error;
    const hint = `\`ottla groups describe ${groupId}\` shows who they are.`;
    throw new CommandError(error.message, { hint, cause: error });
  }
}

async function show(
  terminal: Terminal,
  { groupId }: ResetPlan,
  partitions: readonly PlannedOffset[],
  options: ResetOptions,
): Promise<void> {
  const rows = partitions.map(({ topic, partition, from, to, isBounded, error }) => ({
    topic,
    partition,
    from: from ?? null,
    to: to ?? null,
    note: error?.message ?? (isBounded ? "the log goes no further" : null),
  }));
  if (options.json) for (const row of rows) await terminal.write(jsonLine({ group: groupId, ...row }));
  else await terminal.write(table(rows));
}

const inWords = ({ topic, partition, from, to }: PlannedOffset): string =>
  `${topic}-${partition} from ${from ?? "nothing"} to ${to}`;
