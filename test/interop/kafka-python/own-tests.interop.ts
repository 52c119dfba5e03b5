import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../kit/broker-process.js";
import { Child } from "../../kit/child.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { pythonVenv } from "../python-venv.js";
import { ownTests } from "./own-tests.js";
import { leftOut } from "./own-tests-left-out.js";

const home = fileURLToPath(new URL(".", import.meta.url));
const venv = pythonVenv(home);
const tests = ownTests(home, venv);
const outcome = /^(PASSED|FAILED|ERROR) test\/integration\/(\S+)/;

describe.skipIf("missing" in tests)("missing" in tests ? `kafka-python: ${tests.missing}` : "kafka-python", () => {
  it("passes its own integration tests", { timeout: 200_000 }, async () => {
    if ("missing" in tests || "missing" in venv) return;
    const config = { "num.partitions": 4, "group.initial.rebalance.delay.ms": 0 };
    const { port } = await startBroker({ dataDir: temporaryFolder("kafka-python"), nodeId: 0, config });
    // It wants to see where Kafka would be, though it starts none.
    const kafkaRoot = join(temporaryFolder("kafka-python-root"), "kafka-bin");
    mkdirSync(kafkaRoot, { recursive: true });
    const quiet = [
      "--no-header",
      "--show-capture=no",
      "--tb=short",
      "-q",
      "-rA",
      "-W",
      "ignore",
      "-p",
      "no:cacheprovider",
    ];
    const deselected = Object.keys(leftOut).map((name) => `--deselect=test/integration/${name}`);
    const child = new Child(venv.python, ["-m", "pytest", ...quiet, ...deselected, "test/integration"], {
      cwd: tests.folder,
      env: { KAFKA_URI: `kafka://127.0.0.1:${port}`, KAFKA_VERSION: "4.3.0", KAFKA_ROOT: kafkaRoot },
    });
    await child.ended();
    const found = child.lines.flatMap((line) => {
      const [, verdict, name] = outcome.exec(line) ?? [];
      return verdict === undefined || name === undefined ? [] : [{ verdict, name }];
    });
    const failed = found.filter(({ verdict }) => verdict !== "PASSED").map(({ name }) => name);
    expect(failed, child.lines.slice(-60).join("\n")).toEqual([]);
    expect(found.length).toBeGreaterThanOrEqual(52);
  });
});
