import type { AttemptedChange } from "../registry/incompatible-change.js";
import type { Counts } from "../run/counts.js";
import type { Finding, Reconciliation } from "./reconcile.js";

/** What must have happened for the run to prove anything. */
export function proofs(
  counts: Counts,
  { duplicatesInTopics }: Reconciliation,
  ownsBroker: boolean,
): readonly Finding[] {
  const atLeastOne = (what: string, found: number): Finding => ({
    what,
    expected: "≥ 1",
    found: String(found),
    holds: found >= 1,
  });
  return [
    atLeastOne("records a relay sent twice", duplicatesInTopics),
    atLeastOne("duplicates the inbox skipped", counts.duplicatesSkipped),
    atLeastOne("rebalances after the first", counts.rebalances),
    ...(ownsBroker ? [atLeastOne("kills of the broker", counts.brokerKills)] : []),
  ];
}

export const refusal = ({ isRefused }: AttemptedChange): Finding => ({
  what: "incompatible changes that the registry took",
  expected: "0",
  found: isRefused ? "0" : "1",
  holds: isRefused,
});

export function findingsTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ what, expected, found, holds }) =>
      `  ${holds ? "✓" : "✗"} ${what.padEnd(width)}  ${found.padStart(10)}  expected ${expected}`,
  );
  return lines.join("\n");
}

export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
}
