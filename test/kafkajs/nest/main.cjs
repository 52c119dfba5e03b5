// A NestJS microservice and its client on the Kafka transport, which requires "kafkajs" and gets @ottla/kafkajs. CommonJS, as Nest's
// own projects are compiled to; decorators are applied by hand, since they are TypeScript's.
require("reflect-metadata");
const { Controller, Module } = require("@nestjs/common");
const { NestFactory } = require("@nestjs/core");
const microservices = require("@nestjs/microservices");
const { Broker } = require("@ottla/broker");
const { firstValueFrom } = require("rxjs");

const { ClientKafka, Ctx, EventPattern, KafkaContext, MessagePattern, Payload, Transport } = microservices;

const events = [];
let allEvents = () => {};
const fiveEvents = new Promise((resolve) => {
  allEvents = resolve;
});
let failures = 0;

class MathController {
  sum({ numbers }) {
    return numbers.reduce((a, b) => a + b, 0);
  }

  fail() {
    throw new microservices.RpcException("it cannot be done");
  }

  created(event, context) {
    if (event.id === 2 && failures++ === 0) throw new microservices.KafkaRetriableException("not yet");
    events.push([event.id, context instanceof KafkaContext, context.getTopic(), context.getMessage().headers.tenant]);
    if (events.length === 5) allEvents();
  }
}
const method = (decorate, name) =>
  decorate(MathController.prototype, name, Object.getOwnPropertyDescriptor(MathController.prototype, name));
method(MessagePattern("math.sum"), "sum");
Payload()(MathController.prototype, "sum", 0);
method(MessagePattern("math.fail"), "fail");
method(EventPattern("orders.created"), "created");
Payload()(MathController.prototype, "created", 0);
Ctx()(MathController.prototype, "created", 1);
Controller()(MathController);

class AppModule {}
Module({ controllers: [MathController] })(AppModule);

async function main() {
  const broker = await Broker.start({
    memory: true,
    config: { "group.initial.rebalance.delay.ms": 0, "num.partitions": 3 },
  });
  const brokers = [broker.bootstrap];
  const consumer = { maxWaitTimeInMs: 100, heartbeatInterval: 100, retry: { initialRetryTime: 10 } };
  const app = await NestFactory.createMicroservice(AppModule, {
    transport: Transport.KAFKA,
    logger: false,
    options: {
      client: { clientId: "math", brokers },
      consumer: { ...consumer, groupId: "math" },
      subscribe: { fromBeginning: true },
    },
  });
  await app.listen();

  const clients = ["one", "two"].map((name) => {
    const client = new ClientKafka({
      client: { clientId: name, brokers },
      consumer: { ...consumer, groupId: "asking" },
    });
    client.subscribeToResponseOf("math.sum");
    client.subscribeToResponseOf("math.fail");
    return client;
  });
  for (const client of clients) await client.connect();
  const [one, two] = clients;
  // Each client has reply partitions of its own, which Nest's partition assigner gives it.
  const sums = await Promise.all([
    firstValueFrom(one.send("math.sum", { numbers: [1, 2, 3] })),
    firstValueFrom(two.send("math.sum", { numbers: [10, 20] })),
    firstValueFrom(one.send("math.sum", { key: "k", value: { numbers: [5] } })),
  ]);
  const refused = await firstValueFrom(two.send("math.fail", {})).catch((error) => error);
  for (let id = 1; id <= 5; id++) {
    one.emit("orders.created", { key: "same", value: { id }, headers: { tenant: "acme" } });
  }
  await fiveEvents;
  const assigned = clients.map((client) => client.getConsumerAssignments()["math.sum.reply"]);
  await Promise.all(clients.map((client) => client.close()));
  await app.close();
  await broker.close();
  console.log(
    JSON.stringify({
      kafkajs: require("kafkajs/package.json").name,
      sums,
      refused,
      events,
      failures,
      replyPartitions: new Set(assigned).size,
    }),
  );
}

void main();
