import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { missing, runTest } from "./librdkafka-tests.js";

// A line per test of the list that only grows: its name, and whether it runs in full or in librdkafka's quick mode.
const passing = readFileSync(new URL("./passing.txt", import.meta.url), "utf8")
  .split("\n")
  .flatMap((line) => {
    const [name, mode] = line.split(" ");
    return name === undefined || (mode !== "quick" && mode !== "full") ? [] : ([{ name, mode }] as const);
  });

describe.skipIf(missing !== undefined)(missing === undefined ? "librdkafka" : `librdkafka: ${missing}`, () => {
  it.each(passing)("passes its own test $name ($mode)", { timeout: 240_000 }, async ({ name, mode }) => {
    // Some tests want two members that come at the same time in one generation.
    const config = { "num.partitions": 4, "group.initial.rebalance.delay.ms": 500 };
    const { address } = await startBroker({ dataDir: temporaryFolder("librdkafka-broker"), config });
    const { verdict, output } = await runTest(name, address, mode);
    expect(verdict, output.slice(-6_000)).toBe("PASSED");
  });
});
