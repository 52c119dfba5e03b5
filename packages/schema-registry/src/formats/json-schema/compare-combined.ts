import { describeType } from "./describe-type.js";
import type { CombinedType, JsonSchemaType } from "./json-schema-type.js";
import { maximumMatching } from "./maximum-matching.js";
import type { Findings, Pair } from "./pair-comparison.js";

/** Compares a plain schema with the members of a combined one where some member may do; whether that settles it. */
export function compareWithMembers(found: Findings, writer: JsonSchemaType, reader: JsonSchemaType): boolean {
  if (writer.kind !== "combined" && reader.kind === "combined") {
    if (reader.members.length > 1 && reader.criterion === "allOf") return false;
    const taker = firstCompatible(reader.members, (member) => found.ask(writer, member));
    if (taker === undefined) return false;
    found.include("", taker);
    if (reader.members.length > 1) {
      found.add(
        "SUM_TYPE_EXTENDED",
        "",
        `it was ${describeType(writer)}, which is now one of ${reader.members.length}`,
      );
    }
    return true;
  }
  if (writer.kind === "combined" && reader.kind !== "combined") {
    if (writer.members.length > 1 && writer.criterion !== "allOf") return false;
    const given = firstCompatible(writer.members, (member) => found.ask(member, reader));
    if (given === undefined) return false;
    found.include("", given);
    if (writer.members.length > 1) {
      found.add("PRODUCT_TYPE_NARROWED", "", `of ${writer.members.length} schemas in allOf one is asked for still`);
    }
    return true;
  }
  return false;
}

function firstCompatible(members: readonly JsonSchemaType[], ask: (member: JsonSchemaType) => Pair): Pair | undefined {
  for (const member of members) {
    const pair = ask(member);
    if (pair.isCompatible) return pair;
  }
  return undefined;
}

/** Compares `allOf`, `anyOf` and `oneOf` with each other: each member of the side with fewer must go with one of the other. */
export function compareCombined(found: Findings, writer: CombinedType, reader: CombinedType): void {
  if (writer.criterion !== reader.criterion) {
    const message = `it was ${describeType(writer)} and is ${describeType(reader)}`;
    const canPass = isWider(writer, reader);
    found.add(canPass ? "COMBINED_TYPE_EXTENDED" : "COMBINED_TYPE_CHANGED", "", message);
    if (!canPass) return;
  }
  const [from, to] = [writer.distinct, reader.distinct];
  const sizes = `${from.length} members were there, now there are ${to.length}`;
  if (from.length < to.length) {
    found.add(reader.criterion === "allOf" ? "PRODUCT_TYPE_EXTENDED" : "SUM_TYPE_EXTENDED", "", sizes);
  }
  if (from.length > to.length) {
    found.add(writer.criterion === "allOf" ? "PRODUCT_TYPE_NARROWED" : "SUM_TYPE_NARROWED", "", sizes);
  }
  const pairs = from.map((member) => to.map((other) => found.ask(member, other)));
  const fits = pairs.map((row) => [...row.keys()].filter((index) => row[index]?.isCompatible));
  const matching = maximumMatching(fits);
  for (const [index, other] of matching) {
    const pair = pairs[index]?.[other];
    if (pair !== undefined) found.include(`${writer.criterion}/${index}`, pair);
  }
  const needed = Math.min(from.length, to.length);
  if (matching.size < needed) {
    const message = `only ${matching.size} of ${needed} members go with one of the other schema's`;
    found.add("COMBINED_TYPE_SUBSCHEMAS_CHANGED", "", message);
  }
}

const isSingle = ({ members }: CombinedType): boolean => members.length === 1;

/** Whether another criterion lets pass at least what the former did. */
function isWider(writer: CombinedType, reader: CombinedType): boolean {
  if (reader.criterion === "anyOf") return true;
  if (isSingle(writer)) return isSingle(reader) || reader.criterion === "oneOf";
  return isSingle(reader) && writer.criterion === "allOf";
}
