import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { Child } from "../../kit/child.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { goTestBinary } from "./go-test-binary.js";
import { skippedTests } from "./skipped-tests.js";

const version = "v1.22.2";
const tests = goTestBinary("github.com/twmb/franz-go", version, "pkg/kgo");
const outcome = /^\s*--- (PASS|FAIL|SKIP): (\S+)/;
const longestMs = 240_000;

interface Outcomes {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** Runs franz-go's own tests against a broker of ours. */
async function kgo(env: Readonly<Record<string, string>>, ...options: readonly string[]): Promise<Outcomes> {
  if ("missing" in tests) throw new Error(tests.missing);
  const config = { "group.initial.rebalance.delay.ms": 0 };
  const { address } = await startBroker({ dataDir: temporaryFolder("franz-go"), config });
  const args = ["-test.v", "-test.count=1", `-test.timeout=${longestMs / 1_000 - 20}s`, ...options];
  const child = new Child(tests.binary, args, {
    cwd: tests.cwd,
    env: { KGO_SEEDS: address, KGO_TEST_RF: "1", KGO_TEST_RECORDS: "2000", ...env },
  });
  await child.ended();
  const found = child.lines.flatMap((line) => {
    const [, verdict, name] = outcome.exec(line) ?? [];
    return verdict === undefined || name === undefined ? [] : [{ verdict, name }];
  });
  const named = (wanted: string) => found.filter(({ verdict }) => verdict === wanted).map(({ name }) => name);
  expect(child.lines.at(-1), child.lines.slice(-40).join("\n")).toBe("PASS");
  return { passed: named("PASS"), failed: named("FAIL"), skipped: named("SKIP") };
}

describe.skipIf("missing" in tests)(`franz-go ${version}`, () => {
  it("passes its own tests, but for what is not served yet", { timeout: longestMs }, async () => {
    const { passed, failed, skipped } = await kgo({});
    expect(failed).toEqual([]);
    expect(skipped.toSorted()).toEqual(Object.keys(skippedTests).toSorted());
    expect(passed).toEqual(expect.arrayContaining(["TestGroupETL", "TestTxnEtl"]));
    expect(passed.length).toBeGreaterThan(330);
  });

  it("chains exactly once while each of its connections dies young", { timeout: longestMs }, async () => {
    const { passed, failed } = await kgo({ KGO_TEST_CHAOS: "1" }, "-test.run=^(TestGroupETL|TestTxnEtl)$");
    expect(failed).toEqual([]);
    expect(passed).toEqual(expect.arrayContaining(["TestGroupETL", "TestTxnEtl"]));
  });
});
