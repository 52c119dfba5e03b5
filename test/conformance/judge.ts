import { type Difference, differencesOf } from "./compare.js";
import type { Exception } from "./exceptions.js";
import type { Outcomes } from "./run-corpus.js";

export interface Verdict {
  readonly exchanges: number;
  readonly differences: readonly Difference[];
  readonly excepted: number;
  readonly unused: readonly Exception[];
}

/** Holds our answers against Kafka's and takes out what the exceptions allow. */
export function judge(kafka: Outcomes, ours: Outcomes, exceptions: readonly Exception[]): Verdict {
  const rules = exceptions.map((exception) => ({
    exception,
    where: patternOf(exception.where),
    path: patternOf(exception.path),
    kafka: patternOf(exception.kafka ?? "*"),
    ours: patternOf(exception.ours ?? "*"),
    isUsed: false,
  }));
  const differences: Difference[] = [];
  let exchanges = 0;
  let excepted = 0;
  for (const [title, answers] of kafka) {
    exchanges += answers.length;
    for (const difference of differencesOf(title, answers, ours.get(title) ?? [])) {
      const text = {
        kafka: JSON.stringify(difference.kafka) ?? "none",
        ours: JSON.stringify(difference.ours) ?? "none",
      };
      const allowing = rules.filter(
        ({ where, path, kafka, ours }) =>
          where.test(difference.where) && path.test(difference.path) && kafka.test(text.kafka) && ours.test(text.ours),
      );
      for (const rule of allowing) rule.isUsed = true;
      if (allowing.length > 0) excepted += 1;
      else differences.push(difference);
    }
  }
  const unused = rules
    .filter(({ isUsed, exception }) => !isUsed && exception.isRare !== true)
    .map(({ exception }) => exception);
  return { exchanges, differences, excepted, unused };
}

const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split("*")
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "s",
  );

export const summary = ({ exchanges, differences, excepted }: Verdict): string =>
  `${exchanges} exchanges, ${differences.length} differences, ${excepted} excepted`;

/** The differences for a reader: the exact request, Kafka's answer, ours. */
export const report = (differences: readonly Difference[], most = 40): string =>
  differences
    .slice(0, most)
    .map(({ where, path, kafka, ours, sent }) =>
      [
        where,
        `  at    ${path}`,
        `  sent  ${sent}`,
        `  Kafka ${JSON.stringify(kafka)}`,
        `  ours  ${JSON.stringify(ours)}`,
      ].join("\n"),
    )
    .join("\n");
