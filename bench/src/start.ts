import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { Broker } from "@ottla/broker";
import { json, Kafka, string, topic } from "@ottla/client";
import { apis, encodeRequest } from "@ottla/protocol";
import { BrokerProcess } from "./broker-process.js";
import type { BenchCase } from "./case.js";

const command = fileURLToPath(new URL("../../apps/cli/bin/ottla.js", import.meta.url));

export const startCases: Readonly<Record<string, BenchCase>> = {
  "start/in-process": {
    what: "await Broker.start({ memory: true }), the process being warm",
    runs: 20,
    async run() {
      const before = performance.now();
      const broker = await Broker.start({ memory: true });
      const startMs = performance.now() - before;
      await broker.close();
      return { "start ms": startMs };
    },
  },

  "start/command-to-metadata": {
    what: "`ottla dev --memory` from spawn to the first Metadata answer, and as a multiple of `node -e 0`",
    runs: 9,
    async run() {
      const nodeBefore = performance.now();
      execFileSync(process.execPath, ["-e", "0"]);
      const nodeMs = performance.now() - nodeBefore;
      const before = performance.now();
      const child = spawn(process.execPath, [command, "dev", "--memory", "--port", "0"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(line.toString())?.[1]);
      await firstMetadata(port);
      const commandMs = performance.now() - before;
      child.kill("SIGTERM");
      await once(child, "exit");
      return { "to Metadata ms": commandMs, "node -e 0 ms": nodeMs, "multiple of node -e 0": commandMs / nodeMs };
    },
  },

  "start/to-first-record": {
    what: "Broker.start() to the first record consumed by a fresh group, one process",
    runs: 9,
    async run() {
      const orders = topic("orders", { key: string(), value: json<{ readonly n: number }>() });
      const before = performance.now();
      const broker = await Broker.start({ memory: true });
      const kafka = new Kafka({ brokers: [broker.bootstrap] });
      await kafka.producer().send(orders, { key: "k", value: { n: 1 } });
      for await (const record of kafka.consumer({ groupId: "fresh", topics: [orders] })) {
        if (record.value.n === 1) break;
      }
      const firstMs = performance.now() - before;
      await kafka.close();
      await broker.close();
      return { "to first record ms": firstMs };
    },
  },

  "start/idle-rss": {
    what: "resident memory of an idle broker process, and what is above a bare node process with a listening socket",
    runs: 5,
    async run() {
      const broker = await BrokerProcess.start("memory");
      const rss = await broker.rssBytes();
      await broker.stop();
      const bare = execFileSync(
        process.execPath,
        [
          "-e",
          "require('net').createServer().listen(0, () => { console.log(process.memoryUsage().rss); process.exit(); })",
        ],
        { encoding: "utf8" },
      );
      return { "idle MB": rss / 1e6, "above bare node MB": (rss - Number(bare)) / 1e6 };
    },
  },
};

/** Asks for Metadata over a socket of our own: a client's start is not part of the broker's. */
async function firstMetadata(port: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  for (const part of encodeRequest(apis.Metadata, 12, { correlationId: 1, clientId: "bench" }, { topics: [] }))
    socket.write(part);
  await once(socket, "data");
  socket.destroy();
}
