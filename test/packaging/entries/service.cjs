// Uses every entry of the client and of its kafkajs face once: records by each, and what the instruments saw of them.
const { TimestampSchema } = require("@bufbuild/protobuf/wkt");
const api = require("@opentelemetry/api");
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const prometheus = require("prom-client");

exports.service = async ({ Broker, client, kafkajs, nest, openTelemetry, prom, protobufEs }) => {
  const exporter = new InMemorySpanExporter();
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  openTelemetry.instrument(api);
  const registry = new prometheus.Registry();
  prom.instrument(prometheus, { registry });

  const broker = await Broker.start({ memory: true });
  const kafka = new client.Kafka({ brokers: [broker.bootstrap] });
  const old = new kafkajs.Kafka({ brokers: [broker.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
  try {
    const times = client.topic("times", { key: client.string(), value: protobufEs.protobuf(TimestampSchema) });
    const notes = client.topic("notes", { key: client.string(), value: client.string() });
    await kafka.producer().send(times, { key: "now", value: { seconds: 1250n } });
    const producer = old.producer();
    await producer.connect();
    await producer.send({ topic: "notes", messages: [{ key: "n-1", value: "hello" }] });
    await producer.disconnect();

    const read = [];
    for await (const { topic, value } of kafka.reader({ topics: [times, notes], until: "end" })) {
      read.push(topic === "times" ? `${value.seconds} s` : value);
    }
    const { listen } = new nest.ContractStrategy({ kafka, consumer: { groupId: "g", topics: [notes] } });
    const spans = exporter.getFinishedSpans().map(({ name }) => name);
    const measured = (await registry.metrics()).includes('topic="times"');
    console.log(JSON.stringify({ read: read.sort(), spans: spans.sort(), measured, nest: typeof listen }));
  } finally {
    await kafka.close();
    await broker.close();
  }
};
