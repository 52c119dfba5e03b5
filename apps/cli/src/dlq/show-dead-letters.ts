import { type ClusterOptions, withKafka } from "../cluster/with-kafka.js";
import { type ConnectionFlags, connectionOf } from "../connection/connection.js";
import type { PayloadDecoder } from "../records/payload-decoder.js";
import { printed } from "../records/printed-record.js";
import type { Terminal } from "../terminal/terminal.js";
import { type DeadLetter, type DeadLetterFilter, deadLettersOf, isMeant } from "./dead-letters.js";

/** `ottla dlq show`: records, where they came from and why they failed. */
export async function showDeadLetters(
  terminal: Terminal,
  name: string,
  options: ClusterOptions & ConnectionFlags & DeadLetterFilter & { readonly limit?: number },
): Promise<void> {
  const decoder = await decoderOf(terminal, options);
  await withKafka(terminal, options, async (kafka) => {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    for await (const letter of deadLettersOf(kafka, name, terminal.signal)) {
      if (!isMeant(letter, options)) continue;
      const decoded = { key: await decoder?.decode(letter.rawKey), value: await decoder?.decode(letter.rawValue) };
      if (options.json !== true) await terminal.write(headingOf(letter));
      await terminal.write(printed(letter, { json: options.json === true, withTopic: false, decoded }));
      left -= 1;
      if (left <= 0) return;
    }
  });
}

function headingOf({ partition, offset, rawKey, reason }: DeadLetter): string {
  const key = rawKey === null ? "no key" : `key ${rawKey.toString()}`;
  if (reason === undefined) return `# ${partition}:${offset}  ${key}  (its headers do not say why it is here)\n`;
  const { topic, partition: from, offset: at, group, attempt, errorClass, errorMessage } = reason;
  const when = reason.at < 0 ? "" : `  ${new Date(reason.at).toISOString()}`;
  const who = group === undefined ? "" : `  group ${group}`;
  const tries = attempt === 0 ? "not decoded" : `${attempt} attempt${attempt === 1 ? "" : "s"}`;
  return `# ${partition}:${offset}  ${key}  from ${topic}-${from} at ${at}${who}${when}  ${tries}\n#   ${errorClass}: ${errorMessage}\n`;
}

/** Loaded only where a registry is named. */
async function decoderOf(terminal: Terminal, options: ConnectionFlags): Promise<PayloadDecoder | undefined> {
  if (connectionOf(options).registry === undefined) return undefined;
  const [{ PayloadDecoder: Decoder }, { registryOf }] = await Promise.all([
    import("../records/payload-decoder.js"),
    import("../schema/with-registry.js"),
  ]);
  return new Decoder(terminal, registryOf(options));
}
