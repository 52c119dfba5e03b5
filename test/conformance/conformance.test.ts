import { Broker } from "@ottla/broker";
import { expect, it, onTestFinished } from "vitest";
import { corpusOf } from "./corpus/index.js";
import { exceptions } from "./exceptions.js";
import { judge, report, summary } from "./judge.js";
import { readRecording, recordedRun } from "./recorded.js";
import { askServed, runCorpus, warmUp } from "./run-corpus.js";
import { commonOf } from "./served.js";
import { settings } from "./settings.js";

it("answers the corpus as Apache Kafka did when it was recorded", async () => {
  const { served, outcomes } = readRecording();
  const broker = await Broker.start({ memory: true, config: settings });
  onTestFinished(() => broker.close());
  const address = { host: "127.0.0.1", port: broker.port };
  // What the recording asks for is still served, all of it.
  expect(commonOf(served, await askServed(address))).toEqual(served);
  const peer = { address, served, run: recordedRun };
  await warmUp(peer);
  const ours = await runCorpus(peer, corpusOf(served));
  expect([...ours.keys()], "other cases than were recorded: see README.md for recording anew").toEqual([
    ...outcomes.keys(),
  ]);
  const verdict = judge(outcomes, ours, exceptions);
  expect(verdict.exchanges).toBeGreaterThan(3_000);
  expect(verdict.differences, `${summary(verdict)}\n${report(verdict.differences)}`).toHaveLength(0);
}, 120_000);
