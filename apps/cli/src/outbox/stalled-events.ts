import type { StalledEvent } from "@ottla/outbox";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";
import { type Confirmation, confirmed } from "../terminal/confirm.js";
import { jsonLine, type Row, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { type OutboxOptions, withOutbox } from "./outbox-database.js";

interface SelectionOptions extends OutboxOptions {
  readonly relay?: string;
}

/** `ottla outbox stalled list`. */
export async function listStalled(
  terminal: Terminal,
  options: SelectionOptions & { readonly parked?: true; readonly limit: number },
): Promise<void> {
  await withOutbox(options, async ({ admin }) => {
    const { limit } = options;
    const events = await admin.stalled({ ...relayOf(options), isParked: options.parked === true, limit });
    if (options.json) for (const event of events) await terminal.write(jsonLine(plainEvent(event)));
    else if (events.length > 0) await terminal.write(table(events.map(stalledRow)));
    else terminal.note("nothing is stalled");
  });
}

/** `ottla outbox stalled retry`: safe at any time, so it does not ask. */
export async function retryStalled(
  terminal: Terminal,
  ids: readonly string[],
  options: SelectionOptions,
): Promise<void> {
  await withOutbox(options, async ({ admin }) => {
    const count = await admin.retry({ ...relayOf(options), ...idsOf(ids) });
    await terminal.write(options.json ? jsonLine({ retried: count }) : `${count} will be tried again\n`);
  });
}

/** `ottla outbox stalled drop`: parked events that are never to be published. */
export async function dropStalled(
  terminal: Terminal,
  ids: readonly string[],
  options: SelectionOptions & Confirmation,
): Promise<void> {
  const selection = { ...relayOf(options), ...idsOf(ids) };
  await withOutbox(options, async ({ admin }) => {
    const parked = await admin.stalled({ ...selection, isParked: true, limit: ids.length });
    const missing = ids.filter((id) => parked.every((event) => event.id !== Number(id)));
    if (missing.length > 0) throw new CommandError(`not parked: ${missing.join(", ")}`);
    const plan = parked.map(({ relay, id, topic, error }) => `${topic} row ${id} of relay ${relay} (${error ?? ""})`);
    if (!(await confirmed(terminal, plan, options, "drop"))) return;
    const count = await admin.drop(selection);
    await terminal.write(options.json ? jsonLine({ dropped: count }) : `dropped ${count}\n`);
  });
}

const relayOf = ({ relay }: SelectionOptions): { readonly relay?: string } => (relay === undefined ? {} : { relay });

function idsOf(texts: readonly string[]): { readonly ids?: readonly number[] } {
  if (texts.length === 0) return {};
  const wrong = texts.find((text) => !/^\d{1,15}$/.test(text));
  if (wrong === undefined) return { ids: texts.map(Number) };
  throw new CommandError(`"${wrong}" is not the id of a row`, { exitCode: exitCodes.usage });
}

export const stalledRow = ({ relay, id, state, topic, key, attempts, error }: StalledEvent): Row => ({
  relay,
  id,
  state,
  topic,
  key: key === null ? null : keyText(key),
  attempts,
  reason: error ?? null,
});

/** As JSON shows it. */
export const plainEvent = ({ key, createdAt, ...event }: StalledEvent) => ({
  ...event,
  key: key === null ? null : keyText(key),
  createdAt: new Date(createdAt).toISOString(),
});

/** Text where it is text without control characters, else hex. */
function keyText(key: Uint8Array): string {
  const text = Buffer.from(key).toString("utf8");
  return /\p{Cc}|\uFFFD/u.test(text) ? `0x${Buffer.from(key).toString("hex")}` : text;
}
