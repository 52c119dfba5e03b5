import { describe, expect, it } from "vitest";
import { type AnomalyKind, checkHistory } from "./check-history.js";
import type { History, Isolation, Outcome, Read, Transaction, WholeRead, Write } from "./history.js";

const write = (
  value: string,
  offset: number | undefined,
  more: Partial<Write> & { outcome?: Outcome } = {},
): Write => ({
  kind: "write",
  producer: "p",
  partition: "t-0",
  value,
  isIdempotent: true,
  outcome: "ok",
  ...(offset === undefined ? {} : { offset }),
  ...more,
});
const transaction = (name: string, outcome: Transaction["outcome"]): Transaction => ({
  kind: "transaction",
  transaction: name,
  outcome,
});
const read = (value: string, offset: number, more: Partial<Read> = {}): Read => ({
  kind: "read",
  reader: "r",
  isolation: "committed",
  partition: "t-0",
  offset,
  value,
  ...more,
});
/** A reader that found exactly this in the end. */
const whole = (content: Readonly<Record<number, string>>, isolation: Isolation = "committed", partition = "t-0") => {
  const reader = `last ${isolation}`;
  const entries = Object.entries(content);
  const reads: Read[] = entries.map(([offset, value]) => read(value, Number(offset), { reader, isolation, partition }));
  const end: WholeRead = { kind: "whole", reader, isolation, partition, from: 0, to: entries.length };
  return [...reads, end];
};
/** One record in t-0, what was made of it in out-0, and where the group stands. */
const made = (progress: number, content: readonly string[]): History => [
  write("a", 0),
  write("b", undefined, { outcome: "unknown", partition: "out-0", source: "t-0@0" }),
  ...whole({ 0: "a" }),
  ...whole({ ...content }, "committed", "out-0"),
  { kind: "progress", partition: "t-0", offset: progress },
];
const kinds = (history: History): AnomalyKind[] => checkHistory(history).map(({ kind }) => kind);

describe("a history of reads and writes", () => {
  it("is clean when everything is as it was told, whatever became of the unknown", () => {
    const history = [
      transaction("committed", "committed"),
      transaction("aborted", "aborted"),
      transaction("kept", "unknown"),
      transaction("dropped", "unknown"),
      write("a", 0),
      write("b", 1, { transaction: "committed" }),
      write("c", 2, { transaction: "aborted" }),
      write("d", 3, { transaction: "kept" }),
      write("e", 4, { transaction: "dropped" }),
      write("f", undefined, { outcome: "unknown" }),
      write("g", undefined, { outcome: "failed" }),
      read("a", 0),
      read("c", 2, { reader: "hasty", isolation: "uncommitted" }),
      ...whole({ 0: "a", 1: "b", 3: "d", 5: "f" }),
      ...whole({ 0: "a", 1: "b", 2: "c", 3: "d", 4: "e", 5: "f" }, "uncommitted"),
    ];
    expect(checkHistory(history)).toEqual([]);
  });

  const cases: readonly { readonly title: string; readonly history: History; readonly says: AnomalyKind[] }[] = [
    { title: "an acknowledged record that is gone", history: [write("a", 0), ...whole({})], says: ["lost"] },
    {
      title: "a committed record that is gone",
      history: [transaction("t", "committed"), write("a", 0, { transaction: "t" }), ...whole({})],
      says: ["lost"],
    },
    {
      title: "a record that was read and is gone",
      history: [write("a", undefined, { outcome: "unknown" }), read("a", 0), ...whole({})],
      says: ["lost"],
    },
    { title: "a record twice", history: [write("a", 0), ...whole({ 0: "a", 1: "a" })], says: ["duplicate"] },
    {
      title: "an aborted record",
      history: [transaction("t", "aborted"), write("a", 0, { transaction: "t" }), read("a", 0)],
      says: ["aborted read"],
    },
    {
      title: "a refused record",
      history: [write("a", undefined, { outcome: "failed" }), read("a", 0, { isolation: "uncommitted" })],
      says: ["aborted read"],
    },
    {
      title: "half a transaction",
      history: [
        transaction("t", "unknown"),
        write("a", 0, { transaction: "t" }),
        write("b", 1, { transaction: "t" }),
        ...whole({ 1: "b" }),
      ],
      says: ["torn transaction"],
    },
    {
      title: "two values at one offset",
      history: [write("a", 0), write("b", undefined, { outcome: "unknown" }), read("b", 0)],
      says: ["diverging offset"],
    },
    {
      title: "one value acknowledged where another one was",
      history: [write("a", 0), write("b", 0)],
      says: ["diverging offset"],
    },
    {
      title: "a changed order",
      history: [write("a", 1), write("b", 0), ...whole({ 0: "b", 1: "a" })],
      says: ["reordered"],
    },
    { title: "a reader that goes back", history: [write("a", 0), read("a", 0), read("a", 0)], says: ["reordered"] },
    {
      title: "a reader that passed something by",
      history: [
        ...["a", "b", "c"].map((value, offset) => write(value, offset)),
        read("a", 0),
        read("c", 2),
        ...whole({ 0: "a", 1: "b", 2: "c" }),
      ],
      says: ["skipped"],
    },
    { title: "a stranger", history: whole({ 0: "x" }), says: ["phantom"] },
    {
      title: "a record in another partition",
      history: [write("a", undefined, { outcome: "unknown" }), ...whole({ 0: "a" }, "committed", "t-1")],
      says: ["phantom"],
    },
    {
      title: "transactions that follow from each other",
      history: [
        ...["t", "u", "v"].map((name) => transaction(name, "committed")),
        write("a", 0, { transaction: "t" }),
        write("b", 1, { transaction: "u" }),
        write("c", 2, { transaction: "v" }),
        read("a", 0, { transaction: "u", reader: "u" }),
        read("b", 1, { transaction: "v", reader: "v" }),
        read("c", 2, { transaction: "t", reader: "t" }),
      ],
      says: ["cycle"],
    },
    {
      title: "a record made into two",
      history: [write("a", 0, { source: "in-0@7" }), write("b", 1, { source: "in-0@7" }), ...whole({ 0: "a", 1: "b" })],
      says: ["duplicate"],
    },
    { title: "a record that its group passed by", history: made(1, []), says: ["lost"] },
    { title: "a record that is made and not passed", history: made(0, ["b"]), says: ["torn transaction"] },
  ];
  it.each(cases)("tells $title", ({ history, says }) => {
    expect(kinds(history)).toEqual(says);
  });

  it("lets producers that are not idempotent write twice", () => {
    expect(kinds([write("a", 0, { isIdempotent: false }), ...whole({ 0: "a", 1: "a" })])).toEqual([]);
  });

  it("follows a long chain", () => {
    const links = Array.from({ length: 20_000 }, (_, index) => [
      write(`v${index}`, index, { transaction: `t${index}` }),
      read(`v${index}`, index, { transaction: `t${index + 1}` }),
    ]);
    expect(kinds(links.flat())).toEqual([]);
  });
});
