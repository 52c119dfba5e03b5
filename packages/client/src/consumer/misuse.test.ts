import { expect, it } from "vitest";
import { compilerMessages } from "../compiler.test-kit.js";

const declarations = `
import { type Consumer, deadLetterOf, type DeliveredRecord, json, type Kafka, oneOf, string, topic, topicsMatching } from "@ottla/client";

const orders = topic("orders", { key: string(), value: json<{ id: string; cents: bigint }>() });
const customers = topic("customers", { key: string(), value: json<{ name: string }>(), tombstones: true });
const invoices = topic("invoices", { key: string(), value: string() });
const payments = topic("payments", { key: string(), value: oneOf({ Paid: json<{ cents: number }>(), Failed: json<{ reason: string }>() }) });
declare const kafka: Kafka;
const topics = [orders, customers] as const;
const consumer = kafka.consumer({ groupId: "g", topics });
declare const record: DeliveredRecord<typeof orders | typeof customers>;
declare const payment: DeliveredRecord<typeof payments>;
const handlers = { orders: () => {}, customers: () => {} };
const own = { topic: "orders", partition: 0 };
`;

const misuses = {
  "nothing wrong": `await consumer.run({ orders: ({ value }) => void value.cents, customers: async ({ value }) => void value?.name }, { orderBy: "key", retry: { attempts: 5, backoff: "exponential" }, onPoison: "deadLetter", deadLetter: deadLetterOf(orders) }); await consumer.run(handlers, { retryTopics: ["10s", "1m"], orderBy: "none" }); await consumer.seek({ ...own, to: 5n }); consumer.pause(own); for await (const batch of consumer.batches()) batch.done();`,
  "a handler of a topic that is not read": `await consumer.run({ ...handlers, invoices: () => {} });`,
  "a handler of a misspelt topic": `await consumer.run({ order: () => {}, customers: () => {} });`,
  "a topic without a handler": `await consumer.run({ orders: () => {} });`,
  "no handlers": `await consumer.run();`,
  "a handler of another topic's values": `await consumer.run({ ...handlers, orders: ({ value }: DeliveredRecord<typeof customers>) => void value });`,
  "a field of another topic in a handler": `await consumer.run({ ...handlers, orders: ({ value }) => void value.name });`,
  "a value that may be deleted in a handler": `await consumer.run({ ...handlers, customers: ({ value }) => void value.name });`,
  "a handler that is none": `await consumer.run({ ...handlers, orders: "bill" });`,
  "one handler for all that does not ask for the topic": `await consumer.run(({ value }) => void value.cents);`,
  "a handler of kafkajs": `await consumer.run({ eachMessage: async () => {} });`,
  "a topic that is not read": `if (record.topic === "invoices") record;`,
  "a field of another topic": `if (record.topic === "customers") record.value?.cents;`,
  "a field before the topic is asked for": `record.value.cents;`,
  "a value that may be deleted": `if (record.topic === "customers") record.value.name;`,
  "an event's field before its type is asked for": `payment.value.cents;`,
  "a field of another event": `if (payment.type === "Failed") payment.value.cents;`,
  "an event of a type that is not there": `if (payment.type === "Refunded") payment;`,
  "a type of event where there is one": `if (record.topic === "orders") record.type;`,
  "a batch's field of another topic": `for await (const batch of consumer.batches()) if (batch.topic === "orders") batch.records[0]?.value.name;`,
  "records that are written to": `record.offset = 1n;`,
  "an offset counted with a number": `record.offset + 1;`,
  "retry topics with the order of keys": `await consumer.run(handlers, { retryTopics: ["10s"], orderBy: "key" });`,
  "retry topics with the order of keys, in a variable": `const options = { retryTopics: ["10s"], orderBy: "key" } as const; await consumer.run(handlers, options);`,
  "a name of retry topics without any": `await consumer.run(handlers, { retryTopicName: (name) => name });`,
  "a retry topic's time without a unit": `await consumer.run(handlers, { retryTopics: ["10"] });`,
  "a retry topic's time as a number": `await consumer.run(handlers, { retryTopics: [10_000] });`,
  "an order that does not exist": `await consumer.run(handlers, { orderBy: "topic" });`,
  "a misspelt option of a run": `await consumer.run(handlers, { concurency: 64 });`,
  "a retry without how often": `await consumer.run(handlers, { retry: { backoff: "exponential" } });`,
  "a backoff that does not exist": `await consumer.run(handlers, { retry: { attempts: 2, backoff: "linear" } });`,
  "a number of attempts for a retry": `await consumer.run(handlers, { retry: 5 });`,
  "what becomes of failures, misspelt": `await consumer.run(handlers, { onFailure: "skip" });`,
  "what becomes of poison, misspelt": `await consumer.run(handlers, { onPoison: "deadletter" });`,
  "a dead-letter topic that is none": `await consumer.run(handlers, { onPoison: "deadLetter", deadLetter: orders });`,
  "a dead-letter topic by its name": `kafka.consumer({ groupId: "g", topics, onPoison: "deadLetter", deadLetter: "orders.dlq" });`,
  "a dead-letter topic by the name of its origin": `deadLetterOf("orders");`,
  "a poison record taken for a decoded one": `kafka.consumer({ groupId: "g", topics, onPoison: ({ value }) => void value });`,
  "no group": `kafka.consumer({ topics });`,
  "no topics": `kafka.consumer({ groupId: "g" });`,
  "a topic by its name": `kafka.consumer({ groupId: "g", topics: ["orders"] });`,
  "a single topic": `kafka.consumer({ groupId: "g", topics: orders });`,
  "a misspelt option": `kafka.consumer({ groupId: "g", topics, sessionTimeout: 10_000 });`,
  "a group's name under another name": `kafka.consumer({ groupID: "g", topics });`,
  "a beginning that does not exist": `kafka.consumer({ groupId: "g", topics, from: "beginning" });`,
  "a beginning at a Date": `kafka.consumer({ groupId: "g", topics, from: { timestamp: new Date() } });`,
  "a beginning at an offset": `kafka.consumer({ groupId: "g", topics, from: 5n });`,
  "a beginning of an assigned partition as a number": `kafka.consumer({ topics, assign: [{ ...own, from: 5 }] });`,
  "a partition's number alone to read": `kafka.consumer({ topics, assign: [0] });`,
  "how records are settled, misspelt": `kafka.consumer({ groupId: "g", topics, settle: "explicit" });`,
  "commits as a number": `kafka.consumer({ groupId: "g", topics, autoCommit: 5_000 });`,
  "an assignor that does not exist": `kafka.consumer({ groupId: "g", topics, assignors: ["stickyy"] });`,
  "an assignor that is no list": `kafka.consumer({ groupId: "g", topics, assignors: "range" });`,
  "an isolation as Java has it": `kafka.consumer({ groupId: "g", topics, isolation: "READ_COMMITTED" });`,
  "a pattern whose contracts are none": `topicsMatching(/^orders/, (name) => name);`,
  "a seek to a number": `await consumer.seek({ ...own, to: 5 });`,
  "a seek to text": `await consumer.seek({ ...own, to: "5" });`,
  "a seek to a Date": `await consumer.seek({ ...own, to: new Date() });`,
  "a seek without where to": `await consumer.seek(own);`,
  "a seek as in kafkajs": `await consumer.seek({ ...own, offset: "5" });`,
  "a pause of a contract": `consumer.pause(orders);`,
  "a pause of a topic's name": `consumer.pause("orders");`,
  "a pause as in kafkajs": `consumer.pause([{ topic: "orders" }]);`,
  "a pause of a bigint's partition": `consumer.pause({ topic: "orders", partition: 0n });`,
  "a commit of an offset by hand": `await consumer.commit({ ...own, offset: 5n });`,
  "a record that is done with its offset": `record.done(record.offset);`,
  "a loop that does not wait": `for (const each of consumer) each;`,
  "a reader in a group": `kafka.reader({ groupId: "g", topics });`,
  "a reader that writes dead letters": `kafka.reader({ topics, onPoison: "deadLetter" });`,
  "a reader until an offset": `kafka.reader({ topics, until: 5n });`,
};

it("says briefly what is wrong with each misuse of a consumer", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "a backoff that does not exist": [
        "«backoff» Type '"linear"' is not assignable to type 'number | "exponential" | "fixed" | ((failures: number) => number) | undefined'.",
      ],
      "a batch's field of another topic": [
        "«name» Property 'name' does not exist on type '{ id: string; cents: bigint; }'.",
      ],
      "a beginning at a Date": [
        "«timestamp» Type 'Date' is not assignable to type 'number'.",
      ],
      "a beginning at an offset": [
        "«from» Type 'bigint' is not assignable to type 'StartPosition | "none" | undefined'.",
      ],
      "a beginning of an assigned partition as a number": [
        "«from» Type 'number' is not assignable to type 'bigint | StartPosition | undefined'.",
      ],
      "a beginning that does not exist": [
        "«from» Type '"beginning"' is not assignable to type 'StartPosition | "none" | undefined'.",
      ],
      "a commit of an offset by hand": [
        "«{ ...own, offset: 5n }» Expected 0 arguments, but got 1.",
      ],
      "a dead-letter topic by its name": [
        "«deadLetter» Type 'string' is not assignable to type 'DeadLetterTopic<string> | readonly DeadLetterTopic<string>[] | undefined'.",
      ],
      "a dead-letter topic by the name of its origin": [
        "«"orders"» Argument of type 'string' is not assignable to parameter of type 'Topic<string, unknown, unknown> | readonly Topic<string, unknown, unknown>[]'.",
      ],
      "a dead-letter topic that is none": [
        "«deadLetter» Type 'Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>' is not assignable to type 'DeadLetterTopic<string> | readonly DeadLetterTopic<string>[] | undefined'.
      Property 'origins' is missing in type 'Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>' but required in type 'DeadLetterTopic<string>'.",
      ],
      "a field before the topic is asked for": [
        "«record.value» 'record.value' is possibly 'null'.",
        "«cents» Property 'cents' does not exist on type '{ id: string; cents: bigint; } | { name: string; }'.
      Property 'cents' does not exist on type '{ name: string; }'.",
      ],
      "a field of another event": [
        "«cents» Property 'cents' does not exist on type '{ reason: string; }'.",
      ],
      "a field of another topic": [
        "«cents» Property 'cents' does not exist on type '{ name: string; }'.",
      ],
      "a field of another topic in a handler": [
        "«name» Property 'name' does not exist on type '{ id: string; cents: bigint; }'.",
      ],
      "a group's name under another name": [
        "«groupID» Object literal may only specify known properties, but 'groupID' does not exist in type 'ConsumerOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> & Pick<...>'. Did you mean to write 'groupId'?",
      ],
      "a handler of a misspelt topic": [
        "«order» Object literal may only specify known properties, and 'order' does not exist in type 'HandlersOf<"customers" | "orders", Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | ((record: (ReceivedRecord<...> & Settleable) | (ReceivedRecord<...> & Settleable)) => void | Promise<...>)'.",
      ],
      "a handler of a topic that is not read": [
        "«invoices» Object literal may only specify known properties, and 'invoices' does not exist in type 'HandlersOf<"customers" | "orders", Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | ((record: (ReceivedRecord<...> & Settleable) | (ReceivedRecord<...> & Settleable)) => void | Promise<...>)'.",
      ],
      "a handler of another topic's values": [
        "«orders» Type '({ value }: DeliveredRecord<typeof customers>) => undefined' is not assignable to type '(record: ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}> & Settleable) => void | Promise<void>'.
      Types of parameters '__0' and 'record' are incompatible.
        Type 'ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}> & Settleable' is not assignable to type 'ReceivedRecord<"customers", string, { name: string; } | null, {}> & Settleable'.
          Type 'ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}> & Settleable' is not assignable to type 'ReceivedRecord<"customers", string, { name: string; } | null, {}>'.
            Types of property 'topic' are incompatible.
              Type '"orders"' is not assignable to type '"customers"'.",
      ],
      "a handler of kafkajs": [
        "«eachMessage» Object literal may only specify known properties, and 'eachMessage' does not exist in type 'HandlersOf<"customers" | "orders", Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | ((record: (ReceivedRecord<...> & Settleable) | (ReceivedRecord<...> & Settleable)) => void | Promise<...>)'.",
      ],
      "a handler that is none": [
        "«orders» Type 'string' is not assignable to type '(record: ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}> & Settleable) => void | Promise<void>'.",
      ],
      "a loop that does not wait": [
        "«consumer» Type 'Consumer<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>' must have a '[Symbol.iterator]()' method that returns an iterator.",
      ],
      "a misspelt option": [
        "«sessionTimeout» Object literal may only specify known properties, but 'sessionTimeout' does not exist in type 'ConsumerOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> & Pick<...>'. Did you mean to write 'sessionTimeoutMs'?",
      ],
      "a misspelt option of a run": [
        "«concurency» Object literal may only specify known properties, but 'concurency' does not exist in type 'RunOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>'. Did you mean to write 'concurrency'?",
      ],
      "a name of retry topics without any": [
        "«{ retryTopicName: (name) => name }» Argument of type '{ retryTopicName: (name: string) => string; }' is not assignable to parameter of type 'RunOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | undefined'.
      Property 'retryTopics' is missing in type '{ retryTopicName: (name: string) => string; }' but required in type 'RunWithRetryTopics<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>'.",
      ],
      "a number of attempts for a retry": [
        "«retry» Type 'number' is not assignable to type 'RetryOptions'.",
      ],
      "a partition's number alone to read": [
        "«0» Type 'number' is not assignable to type 'AssignedFrom'.",
      ],
      "a pattern whose contracts are none": [
        "«name» Type 'string' is not assignable to type 'Topic<string, unknown, unknown>'.",
      ],
      "a pause as in kafkajs": [
        "«{ topic: "orders" }» Property 'partition' is missing in type '{ topic: string; }' but required in type 'TopicPartition'.",
      ],
      "a pause of a bigint's partition": [
        "«partition» Type 'bigint' is not assignable to type 'number'.",
      ],
      "a pause of a contract": [
        "«orders» Argument of type 'Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>' is not assignable to parameter of type 'TopicPartition | readonly TopicPartition[]'.",
      ],
      "a pause of a topic's name": [
        "«"orders"» Argument of type 'string' is not assignable to parameter of type 'TopicPartition | readonly TopicPartition[]'.",
      ],
      "a poison record taken for a decoded one": [
        "«value» Property 'value' does not exist on type 'PoisonRecord'.",
      ],
      "a reader in a group": [
        "«groupId» Object literal may only specify known properties, and 'groupId' does not exist in type 'ReaderOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>'.",
      ],
      "a reader that writes dead letters": [
        "«onPoison» Type '"deadLetter"' is not assignable to type 'PoisonPolicy | undefined'.",
      ],
      "a reader until an offset": [
        "«until» Type 'bigint' is not assignable to type '"end"'.",
      ],
      "a record that is done with its offset": [
        "«record.offset» Expected 0 arguments, but got 1.",
      ],
      "a retry topic's time as a number": [
        "«10_000» Type 'number' is not assignable to type '\`\${number}ms\` | \`\${number}s\` | \`\${number}m\` | \`\${number}h\` | \`\${number}d\`'.",
      ],
      "a retry topic's time without a unit": [
        "«"10"» Type '"10"' is not assignable to type '\`\${number}ms\` | \`\${number}s\` | \`\${number}m\` | \`\${number}h\` | \`\${number}d\`'.",
      ],
      "a retry without how often": [
        "«retry» Property 'attempts' is missing in type '{ backoff: "exponential"; }' but required in type 'RetryOptions'.",
      ],
      "a seek as in kafkajs": [
        "«offset» Object literal may only specify known properties, and 'offset' does not exist in type 'SeekTarget | readonly SeekTarget[]'.",
      ],
      "a seek to a Date": [
        "«to» Type 'Date' is not assignable to type 'bigint | StartPosition'.",
      ],
      "a seek to a number": [
        "«to» Type 'number' is not assignable to type 'bigint | StartPosition'.",
      ],
      "a seek to text": [
        "«to» Type '"5"' is not assignable to type 'bigint | StartPosition'.",
      ],
      "a seek without where to": [
        "«own» Argument of type '{ topic: string; partition: number; }' is not assignable to parameter of type 'SeekTarget | readonly SeekTarget[]'.
      Property 'to' is missing in type '{ topic: string; partition: number; }' but required in type 'SeekTarget'.",
      ],
      "a single topic": [
        "«topics» Type 'Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>' is not assignable to type 'RegExp | readonly RawTopic[] | TopicPattern<RawTopic>'.",
      ],
      "a topic by its name": [
        "«"orders"» Type 'string' is not assignable to type 'Topic<string, unknown, unknown>'.",
      ],
      "a topic that is not read": [
        "«record.topic === "invoices"» This comparison appears to be unintentional because the types '"customers" | "orders"' and '"invoices"' have no overlap.",
      ],
      "a topic without a handler": [
        "«{ orders: () => {} }» Argument of type '{ orders: () => void; }' is not assignable to parameter of type 'HandlersOf<"customers" | "orders", Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | ((record: (ReceivedRecord<...> & Settleable) | (ReceivedRecord<...> & Settleable)) => void | Promise<...>)'.
      Property 'customers' is missing in type '{ orders: () => void; }' but required in type 'HandlersOf<"customers" | "orders", Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>'.",
      ],
      "a type of event where there is one": [
        "«type» Property 'type' does not exist on type 'ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}> & Settleable'.",
      ],
      "a value that may be deleted": [
        "«record.value» 'record.value' is possibly 'null'.",
      ],
      "a value that may be deleted in a handler": [
        "«value» 'value' is possibly 'null'.",
      ],
      "an assignor that does not exist": [
        "«"stickyy"» Type '"stickyy"' is not assignable to type 'Assignor | AssignorName'. Did you mean '"sticky"'?",
      ],
      "an assignor that is no list": [
        "«assignors» Type 'string' is not assignable to type 'readonly (Assignor | AssignorName)[]'.",
      ],
      "an event of a type that is not there": [
        "«payment.type === "Refunded"» This comparison appears to be unintentional because the types '"Failed" | "Paid"' and '"Refunded"' have no overlap.",
      ],
      "an event's field before its type is asked for": [
        "«cents» Property 'cents' does not exist on type '{ cents: number; } | { reason: string; }'.
      Property 'cents' does not exist on type '{ reason: string; }'.",
      ],
      "an isolation as Java has it": [
        "«isolation» Type '"READ_COMMITTED"' is not assignable to type '"read_committed" | "read_uncommitted" | undefined'. Did you mean '"read_committed"'?",
      ],
      "an offset counted with a number": [
        "«record.offset + 1» Operator '+' cannot be applied to types 'bigint' and '1'.",
      ],
      "an order that does not exist": [
        "«orderBy» Type '"topic"' is not assignable to type '"key" | "none" | "partition" | undefined'.",
      ],
      "commits as a number": [
        "«autoCommit» Type 'number' is not assignable to type 'boolean | undefined'.",
      ],
      "how records are settled, misspelt": [
        "«settle» Type '"explicit"' is not assignable to type '"auto" | "manual" | undefined'.",
      ],
      "no group": [
        "«{ topics }» Argument of type '{ topics: readonly [Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>, Topic<...>]; }' is not assignable to parameter of type 'ConsumerOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> & Pick<...>'.
      Type '{ topics: readonly [Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>, Topic<...>]; }' is not assignable to type 'GroupConsumerOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> & Pick<...>'.
        Property 'groupId' is missing in type '{ topics: readonly [Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>, Topic<...>]; }' but required in type 'GroupConsumerOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>'.",
      ],
      "no handlers": [
        "«run» Expected 1-2 arguments, but got 0.",
      ],
      "no topics": [
        "«{ groupId: "g" }» Argument of type '{ groupId: string; }' is not assignable to parameter of type 'ConsumerOptions<RawTopic> & Pick<ConsumerOptions<RawTopic>, "topics">'.
      Type '{ groupId: string; }' is not assignable to type 'GroupConsumerOptions<RawTopic> & Pick<ConsumerOptions<RawTopic>, "topics">'.
        Property 'topics' is missing in type '{ groupId: string; }' but required in type 'GroupConsumerOptions<RawTopic>'.",
      ],
      "nothing wrong": [],
      "one handler for all that does not ask for the topic": [
        "«value» 'value' is possibly 'null'.",
        "«cents» Property 'cents' does not exist on type '{ id: string; cents: bigint; } | { name: string; }'.
      Property 'cents' does not exist on type '{ name: string; }'.",
      ],
      "records that are written to": [
        "«offset» Cannot assign to 'offset' because it is a read-only property.",
      ],
      "retry topics with the order of keys": [
        "«retryTopics» Property '[misuse]' is missing in type 'string[]' but required in type 'Misuse<"retryTopics give up the order by key: use \`retry\`, which waits in place, or another orderBy">'.",
      ],
      "retry topics with the order of keys, in a variable": [
        "«options» Argument of type '{ readonly retryTopics: readonly ["10s"]; readonly orderBy: "key"; }' is not assignable to parameter of type 'RunOptions<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | undefined'.
      Type '{ readonly retryTopics: readonly ["10s"]; readonly orderBy: "key"; }' is not assignable to type 'RunInOrder<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>>'.
        Types of property 'retryTopics' are incompatible.
          Property '[misuse]' is missing in type 'readonly ["10s"]' but required in type 'Misuse<"retryTopics give up the order by key: use \`retry\`, which waits in place, or another orderBy">'.",
      ],
      "what becomes of failures, misspelt": [
        "«onFailure» Type '"skip"' is not assignable to type 'FailurePolicy<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>> | Topic<...>> | undefined'.",
      ],
      "what becomes of poison, misspelt": [
        "«onPoison» Type '"deadletter"' is not assignable to type 'ConsumerPoisonPolicy | undefined'. Did you mean '"deadLetter"'?",
      ],
    }
  `);
});
