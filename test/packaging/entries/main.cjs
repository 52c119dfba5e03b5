// Every entry by require(), from CommonJS.
const { Broker } = require("@ottla/broker");
const { service } = require("./service.cjs");

void service({
  Broker,
  client: require("@ottla/client"),
  kafkajs: require("@ottla/kafkajs"),
  nest: require("@ottla/kafkajs/nest"),
  openTelemetry: require("@ottla/client/opentelemetry"),
  prom: require("@ottla/client/prometheus"),
  protobufEs: require("@ottla/client/protobuf-es"),
});
