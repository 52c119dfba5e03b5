import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../../kit/child.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { javaCommand } from "../java/java.js";

const tree = process.env.OTTLA_LIBRDKAFKA;

/** Why librdkafka's own tests cannot run here. */
export const missing =
  tree === undefined
    ? "OTTLA_LIBRDKAFKA names no tree of librdkafka with its tests built: no registry has it"
    : !existsSync(join(tree, "tests", "test-runner"))
      ? `${tree} has no tests/test-runner: run make in it, then make -C tests build`
      : spawnSync("cc", ["--version"]).status !== 0
        ? "there is no cc"
        : javaCommand("").length === 0
          ? "its tests use Kafka's tools, which are not there"
          : undefined;

// What the tests call as programs of a Kafka that is unpacked somewhere.
const tools = {
  "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
  "kafka-configs.sh": "org.apache.kafka.tools.ConfigCommand",
};

/** Runs one of librdkafka's own tests against a broker; answers what its runner says of it: `PASSED`, `FAILED`, `SKIPPED`, and the output. */
export async function runTest(
  name: string,
  broker: string,
  mode: "quick" | "full",
): Promise<{ readonly verdict: string; readonly output: string }> {
  if (tree === undefined) throw new Error("OTTLA_LIBRDKAFKA is not set");
  const folder = temporaryFolder("librdkafka");
  const bin = join(folder, "kafka", "bin");
  mkdirSync(bin, { recursive: true });
  for (const [tool, main] of Object.entries(tools)) {
    const command = javaCommand(main).map((word) => `'${word}'`);
    writeFileSync(join(bin, tool), `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  const oneReplica = join(folder, "one-replica.so");
  const source = fileURLToPath(new URL("./one-replica.c", import.meta.url));
  execFileSync("cc", ["-shared", "-fPIC", "-o", oneReplica, source, "-ldl"], { stdio: "pipe" });
  // Some tests allow themselves ten seconds of which they need nine.
  writeFileSync(join(folder, "test.conf"), `bootstrap.servers=${broker}\ntest.timeout.multiplier=3\n`);
  const options = ["-p1", ...(mode === "quick" ? ["-Q"] : [])];
  const child = new Child(join(tree, "tests", "test-runner"), options, {
    cwd: folder,
    env: {
      TESTS: name,
      TEST_KAFKA_VERSION: "4.3.0",
      TEST_REPORT: join(folder, "report.json"),
      KAFKA_PATH: join(folder, "kafka"),
      BROKERS: broker,
      LD_PRELOAD: oneReplica,
      LD_LIBRARY_PATH: [join(tree, "src"), join(tree, "src-cpp")].join(delimiter),
    },
  });
  await child.ended();
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
  const output = `${child.lines.join("\n")}\n${child.errors}`.replaceAll(escapes, "");
  const [, verdict = "nothing"] = output.match(new RegExp(`^\\| *${name} *\\| *(\\w+) `, "m")) ?? [];
  return { verdict, output };
}
