import avsc from "avsc";
import { BrokerNode } from "../broker/node.js";
import { createTopic, produceFlatOut, produceFrame } from "../broker/raw-load.js";
import { RegistryProcess } from "../registry-process.js";
import type { ClientSetting } from "./client-program.js";
import { order, orderSchema } from "./order.js";
import { Sink } from "./sink.js";

/** What the clients of one case connect to. */
export interface TestServer {
  readonly setting: ClientSetting;
  stop(): Promise<void>;
}

const topic = "bench";
// As many as a producer's batch of 64 KB takes, and together about a fetch of 1 MiB.
const batchesOf = (recordBytes: number) => ({ batchRecords: Math.floor(65_000 / (recordBytes + 10)), batches: 15 });

/** A sink, from which records of so many bytes can be fetched without end. */
export async function sinkServer(recordBytes = 100): Promise<TestServer> {
  const value = Buffer.alloc(recordBytes, "x").toString("base64");
  const sink = await Sink.start({ topic, log: { value, ...batchesOf(recordBytes) } });
  return { setting: { bootstrap: sink.bootstrap, topic }, stop: () => sink.stop() };
}

/** A sink whose records are orders, with a registry that stands on a broker in memory. */
export async function typedSinkServer(): Promise<TestServer> {
  const broker = await BrokerNode.ottla("memory");
  const registry = await RegistryProcess.start(`127.0.0.1:${broker.port}`);
  const address = `http://127.0.0.1:${registry.port}`;
  const answer = await fetch(`${address}/subjects/${topic}-value/versions`, {
    method: "POST",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify({ schema: JSON.stringify(orderSchema) }),
  });
  const { id } = (await answer.json()) as { readonly id: number };
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(id, 1);
  const type = avsc.Type.forSchema(orderSchema as unknown as avsc.Schema);
  const value = Buffer.concat([prefix, type.toBuffer(order)]);
  const sink = await Sink.start({ topic, log: { value: value.toString("base64"), ...batchesOf(value.length) } });
  return {
    setting: { bootstrap: sink.bootstrap, topic, typed: { registry: address, schema: orderSchema } },
    async stop() {
      await sink.stop();
      await registry.stop();
      await broker.remove();
    },
  };
}

/** Kafka or another broker that runs already, as host and port; without it, one of ours in `os`. */
const bootstrap = process.env.OTTLA_CLIENT_BOOTSTRAP;

/** A broker with a topic of its own, in which there may be records. */
export async function brokerServer(filled?: {
  readonly records: number;
  readonly recordBytes: number;
}): Promise<TestServer> {
  const broker = bootstrap === undefined ? await BrokerNode.ottla("os") : undefined;
  const port = broker?.port ?? Number(bootstrap?.split(":").at(-1));
  const name = `${topic}-${process.pid}-${filled?.recordBytes ?? 0}`;
  await createTopic(port, name);
  if (filled !== undefined) {
    const { batchRecords } = batchesOf(filled.recordBytes);
    const frame = produceFrame(name, { records: batchRecords, recordBytes: filled.recordBytes });
    await produceFlatOut(port, [frame], { count: Math.ceil(filled.records / batchRecords), window: 8 });
  }
  return {
    setting: { bootstrap: bootstrap ?? `127.0.0.1:${port}`, topic: name },
    stop: async () => broker?.remove(),
  };
}
