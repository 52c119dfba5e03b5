import { isMapEntry, type ProtoFile, type ProtoMessage } from "./proto-file.js";

/**
 * Where a message stands in its file, as payloads say it: its place among the messages at the top, then among those nested in
 * each. Enums, groups and maps do not count; messages that were written for a map's entries (in descriptors) do.
 *
 * @param name - Without the package: `Order.Item`.
 */
export function messageIndexes(file: ProtoFile, name: string): readonly number[] | undefined {
  const indexes: number[] = [];
  let messages = file.messages;
  for (const part of name.split(".")) {
    const index = messages.findIndex((message) => message.name === part);
    const found = messages[index];
    if (found === undefined) return undefined;
    indexes.push(index);
    messages = found.messages;
  }
  return indexes;
}

/** The message at these indexes, by its name without the package; undefined where none stands. */
export function messageAt(file: ProtoFile, indexes: readonly number[]): string | undefined {
  const names: string[] = [];
  let messages: readonly ProtoMessage[] = file.messages;
  for (const index of indexes) {
    const found = messages[index];
    if (found === undefined || isMapEntry(found)) return undefined;
    names.push(found.name);
    messages = found.messages;
  }
  return names.length === 0 ? undefined : names.join(".");
}
