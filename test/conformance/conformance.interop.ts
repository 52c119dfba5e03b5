import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Broker } from "@ottla/broker";
import { describe, expect, it, onTestFinished } from "vitest";
import { mavenFolder } from "../kit/maven-folder.js";
import { corpusOf } from "./corpus/index.js";
import { exceptions } from "./exceptions.js";
import { judge, report, summary } from "./judge.js";
import { startKafka } from "./kafka-process.js";
import { recordedRun, writeRecording } from "./recorded.js";
import { askServed, runCorpus, warmUp } from "./run-corpus.js";
import { commonOf } from "./served.js";
import { settings } from "./settings.js";
import type { Address } from "./wire-connection.js";

const running = process.env.OTTLA_KAFKA_BOOTSTRAP;
const home = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const jars = running === undefined ? mavenFolder(home) : { classPath: "" };
const only = process.env.OTTLA_CONFORMANCE_CASES;

async function kafka(): Promise<Address> {
  if (running === undefined) return startKafka("missing" in jars ? "" : jars.classPath);
  const [host = "", port = ""] = running.split(":");
  return { host, port: Number(port) };
}

describe("conformance", () => {
  it("answers the corpus as Apache Kafka 4.3 does", async ({ skip }) => {
    if ("missing" in jars) skip(jars.missing);
    const broker = await Broker.start({ memory: true, config: settings });
    onTestFinished(() => broker.close());
    const addresses = [await kafka(), { host: "127.0.0.1", port: broker.port }] as const;
    const served = commonOf(await askServed(addresses[0]), await askServed(addresses[1]));
    // A broker that has been asked before knows the names of before; otherwise they are the same in every run, and so are their hashes.
    const run = running === undefined ? recordedRun : `r${Date.now().toString(36).slice(-6)}`;
    const cases = corpusOf(served).filter(({ title }) => only === undefined || title.includes(only));
    const [theirs, ours] = await Promise.all(
      addresses.map(async (address) => {
        const peer = { address, served, run };
        await warmUp(peer);
        return runCorpus(peer, cases);
      }),
    );
    if (theirs === undefined || ours === undefined) throw new Error("two brokers, two outcomes");
    if (process.env.OTTLA_CONFORMANCE_RECORD === "1") writeRecording({ served, outcomes: theirs });
    const verdict = judge(theirs, ours, exceptions);
    const { OTTLA_CONFORMANCE_REPORT: file } = process.env;
    if (file !== undefined) writeFileSync(file, report(verdict.differences, Number.POSITIVE_INFINITY));
    console.log(summary(verdict));
    const unused = only === undefined ? verdict.unused : [];
    expect({ differences: report(verdict.differences), unused }).toEqual({ differences: "", unused: [] });
  }, 480_000);
});
