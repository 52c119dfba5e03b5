import { expect, it } from "vitest";
import { compilerMessages } from "../compiler.test-kit.js";

const declarations = `
import { type Admin, json, type Kafka, string, topic } from "@ottla/client";

const orders = topic("orders", { key: string(), value: json<{ id: string }>(), partitions: 6, config: { "retention.ms": 1 } });
declare const kafka: Kafka;
declare const admin: Admin;
const own = { topic: "orders", partition: 0 };
const acl = { resourceType: "topic", resourceName: "orders", principal: "User:a", operation: "read" } as const;
`;

const misuses = {
  "nothing wrong": `await admin.topics.create([orders, { name: "t", partitions: 1, config: { "cleanup.policy": "compact" } }]); await admin.configs.alter([{ type: "topic", name: "t", set: { "retention.ms": 1 } }]); await admin.offsets.commit("g", [{ ...own, offset: 1n }]); await admin.acls.create([acl]); await admin.groups.resetOffsets("g", { topics: [orders, "t", own], to: { timestamp: new Date() } }); await kafka.contracts.apply([orders]);`,
  "a topic by its name alone": `await admin.topics.create(["orders"]);`,
  "a single topic": `await admin.topics.create(orders);`,
  "a topic as in kafkajs": `await admin.topics.create([{ topic: "orders", numPartitions: 3 }]);`,
  "a misspelt option of a new topic": `await admin.topics.create([{ name: "t", replication: 3 }]);`,
  "partitions as text": `await admin.topics.create([{ name: "t", partitions: "3" }]);`,
  "a config that is a list": `await admin.topics.create([{ name: "t", config: [{ name: "retention.ms", value: "1" }] }]);`,
  "a config's value that is none": `await admin.topics.create([{ name: "t", config: { "retention.ms": null } }]);`,
  "a config's value that is a list": `await admin.configs.alter([{ type: "topic", name: "t", set: { "cleanup.policy": ["compact", "delete"] } }]);`,
  "a resource of no such type": `await admin.configs.describe([{ type: "topics", name: "t" }]);`,
  "a resource's type as a number": `await admin.configs.alter([{ type: 2, name: "t" }]);`,
  "a broker by its number": `await admin.configs.describe([{ type: "broker", name: 1 }]);`,
  "a change that is no change": `await admin.configs.alter([{ type: "topic", name: "t", delete: ["retention.ms"] }]);`,
  "a removal with values": `await admin.configs.alter([{ type: "topic", name: "t", remove: { "retention.ms": 1 } }]);`,
  "a topic to delete as a contract": `await admin.topics.delete([orders]);`,
  "partitions to add as a number": `await admin.topics.createPartitions([{ name: "orders", count: 12 }]);`,
  "an offset as a number": `await admin.offsets.commit("g", [{ ...own, offset: 1 }]);`,
  "an offset as text": `await admin.offsets.commit("g", [{ ...own, offset: "1" }]);`,
  "an offset of no such time": `await admin.offsets.list([{ ...own, at: "beginning" }]);`,
  "an offset as a bigint's time": `await admin.offsets.list([{ ...own, at: 5n }]);`,
  "an offset without which": `await admin.offsets.list([own]);`,
  "an offset that may not be there": `const [listed] = await admin.offsets.list([{ ...own, at: "latest" }]); (listed?.offset) + 1n;`,
  "records to delete before a number": `await admin.topics.deleteRecords([{ ...own, before: 5 }]);`,
  "records to delete before a misspelt end": `await admin.topics.deleteRecords([{ ...own, before: "latest" }]);`,
  "a reset to nowhere": `await admin.groups.resetOffsets("g", { to: "beginning" });`,
  "a reset to a number": `await admin.groups.resetOffsets("g", { to: 5 });`,
  "a reset to an offset that is a number": `await admin.groups.resetOffsets("g", { to: { offset: 5 } });`,
  "a reset to text for a time": `await admin.groups.resetOffsets("g", { to: { timestamp: "2026-01-01" } });`,
  "a reset by a bigint": `await admin.groups.resetOffsets("g", { to: { shift: -5n } });`,
  "a reset without where to": `await admin.groups.resetOffsets("g", { topics: [orders] });`,
  "a reset of a single topic": `await admin.groups.resetOffsets("g", { topics: orders, to: "earliest" });`,
  "groups as a single one": `await admin.groups.describe("g");`,
  "a member by its name": `await admin.groups.removeMembers("g", ["m"]);`,
  "an operation of ACLs in capitals": `await admin.acls.create([{ ...acl, operation: "READ" }]);`,
  "a misspelt operation of ACLs": `await admin.acls.create([{ ...acl, operation: "describeConfig" }]);`,
  "a misspelt resource of ACLs": `await admin.acls.create([{ ...acl, resourceType: "Topic" }]);`,
  "a misspelt pattern of ACLs": `await admin.acls.create([{ ...acl, pattern: "prefix" }]);`,
  "a pattern that only filters": `await admin.acls.create([{ ...acl, pattern: "match" }]);`,
  "a misspelt permission of ACLs": `await admin.acls.create([{ ...acl, permission: "allowed" }]);`,
  "an ACL for nobody": `await admin.acls.create([{ resourceType: "topic", resourceName: "orders", operation: "read" }]);`,
  "a single filter of ACLs": `await admin.acls.delete({ resourceName: "orders" });`,
  "a misspelt filter of ACLs": `await admin.acls.describe({ resource: "topic" });`,
  "a quota of no such entity": `await admin.quotas.alter([{ entity: { clientId: "c" }, set: { producer_byte_rate: 1 } }]);`,
  "a quota as text": `await admin.quotas.alter([{ entity: { user: "u" }, set: { producer_byte_rate: "1" } }]);`,
  "a credential without a password": `await admin.users.alter([{ user: "u", mechanism: "SCRAM-SHA-256" }]);`,
  "a credential of no such mechanism": `await admin.users.alter([{ user: "u", mechanism: "SCRAM-SHA-1", password: "p" }]);`,
  "a downgrade of no such kind": `await admin.features.update([{ feature: "metadata.version", level: 1, downgrade: true }]);`,
  "an election of no such kind": `await admin.partitions.electLeaders("clean");`,
  "replicas as a number": `await admin.partitions.reassign([{ ...own, replicas: 3 }]);`,
  "contracts that are one": `await kafka.contracts.verify(orders);`,
  "contracts by name": `await kafka.contracts.plan(["orders"]);`,
  "a compatibility that does not exist": `topic("t", { value: string(), compatibility: "BACKWARDS" });`,
  "a contract's partitions as text": `topic("t", { value: string(), partitions: "6" });`,
};

it("says briefly what is wrong with each misuse of an admin", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "a broker by its number": [
        "«name» Type 'number' is not assignable to type 'string'.",
      ],
      "a change that is no change": [
        "«delete» Object literal may only specify known properties, and 'delete' does not exist in type 'ConfigChange'.",
      ],
      "a compatibility that does not exist": [
        "«compatibility» Type '"BACKWARDS"' is not assignable to type 'Compatibility'. Did you mean '"BACKWARD"'?",
      ],
      "a config that is a list": [
        "«{ name: "retention.ms", value: "1" }» Type '{ name: string; value: string; }' is not assignable to type 'string | number | boolean'.",
      ],
      "a config's value that is a list": [
        "«"cleanup.policy"» Type 'string[]' is not assignable to type 'string | number | boolean'.",
      ],
      "a config's value that is none": [
        "«"retention.ms"» Type 'null' is not assignable to type 'string | number | boolean'.",
      ],
      "a contract's partitions as text": [
        "«partitions» Type 'string' is not assignable to type 'number'.",
      ],
      "a credential of no such mechanism": [
        "«mechanism» Type '"SCRAM-SHA-1"' is not assignable to type 'ScramMechanism'. Did you mean '"SCRAM-SHA-512"'?",
      ],
      "a credential without a password": [
        "«{ user: "u", mechanism: "SCRAM-SHA-256" }» Type '{ user: string; mechanism: "SCRAM-SHA-256"; }' is not assignable to type 'CredentialChange'.
      Property 'password' is missing in type '{ user: string; mechanism: "SCRAM-SHA-256"; }' but required in type 'NewCredential'.",
      ],
      "a downgrade of no such kind": [
        "«downgrade» Type 'true' is not assignable to type '"no" | "safe" | "unsafe" | undefined'.",
      ],
      "a member by its name": [
        "«"m"» Type 'string' is not assignable to type 'MemberName'.",
      ],
      "a misspelt filter of ACLs": [
        "«resource» Object literal may only specify known properties, and 'resource' does not exist in type 'AclFilter'.",
      ],
      "a misspelt operation of ACLs": [
        "«operation» Type '"describeConfig"' is not assignable to type 'AclOperation'. Did you mean '"describeConfigs"'?",
      ],
      "a misspelt option of a new topic": [
        "«replication» Object literal may only specify known properties, and 'replication' does not exist in type 'NewTopic'.",
      ],
      "a misspelt pattern of ACLs": [
        "«pattern» Type '"prefix"' is not assignable to type 'AclPattern | undefined'. Did you mean '"prefixed"'?",
      ],
      "a misspelt permission of ACLs": [
        "«permission» Type '"allowed"' is not assignable to type 'AclPermission | undefined'. Did you mean '"allow"'?",
      ],
      "a misspelt resource of ACLs": [
        "«resourceType» Type '"Topic"' is not assignable to type 'AclResourceType'. Did you mean '"topic"'?",
      ],
      "a pattern that only filters": [
        "«pattern» Type '"match"' is not assignable to type 'AclPattern | undefined'.",
      ],
      "a quota as text": [
        "«producer_byte_rate» Type 'string' is not assignable to type 'number'.",
      ],
      "a quota of no such entity": [
        "«clientId» Object literal may only specify known properties, but 'clientId' does not exist in type 'QuotaEntity'. Did you mean to write 'client-id'?",
      ],
      "a removal with values": [
        "«"retention.ms"» Object literal may only specify known properties, and '"retention.ms"' does not exist in type 'readonly string[]'.",
      ],
      "a reset by a bigint": [
        "«shift» Type 'bigint' is not assignable to type 'number'.",
      ],
      "a reset of a single topic": [
        "«topics» Type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is missing the following properties from type 'readonly (string | PartitionName | { readonly name: string; })[]': length, concat, join, slice, and 26 more.",
      ],
      "a reset to a number": [
        "«to» Type 'number' is not assignable to type 'ResetTarget'.",
      ],
      "a reset to an offset that is a number": [
        "«offset» Type 'number' is not assignable to type 'bigint'.",
      ],
      "a reset to nowhere": [
        "«to» Type '"beginning"' is not assignable to type 'ResetTarget'.",
      ],
      "a reset to text for a time": [
        "«timestamp» Type 'string' is not assignable to type 'number | Date'.",
      ],
      "a reset without where to": [
        "«{ topics: [orders] }» Argument of type '{ topics: Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>[]; }' is not assignable to parameter of type 'OffsetReset'.
      Property 'to' is missing in type '{ topics: Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>[]; }' but required in type 'OffsetReset'.",
      ],
      "a resource of no such type": [
        "«type» Type '"topics"' is not assignable to type '"broker" | "brokerLogger" | "clientMetrics" | "group" | "topic"'. Did you mean '"topic"'?",
      ],
      "a resource's type as a number": [
        "«type» Type 'number' is not assignable to type '"broker" | "brokerLogger" | "clientMetrics" | "group" | "topic"'.",
      ],
      "a single filter of ACLs": [
        "«resourceName» Object literal may only specify known properties, and 'resourceName' does not exist in type 'readonly AclFilter[]'.",
      ],
      "a single topic": [
        "«orders» Argument of type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is not assignable to parameter of type 'readonly NewTopic[]'.
      Type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is missing the following properties from type 'readonly NewTopic[]': length, concat, join, slice, and 26 more.",
      ],
      "a topic as in kafkajs": [
        "«topic» Object literal may only specify known properties, and 'topic' does not exist in type 'NewTopic'.",
      ],
      "a topic by its name alone": [
        "«"orders"» Type 'string' is not assignable to type 'NewTopic'.",
      ],
      "a topic to delete as a contract": [
        "«orders» Type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is not assignable to type 'string'.",
      ],
      "an ACL for nobody": [
        "«{ resourceType: "topic", resourceName: "orders", operation: "read" }» Property 'principal' is missing in type '{ resourceType: "topic"; resourceName: string; operation: "read"; }' but required in type 'NewAcl'.",
      ],
      "an election of no such kind": [
        "«"clean"» Argument of type '"clean"' is not assignable to parameter of type '"preferred" | "unclean"'.",
      ],
      "an offset as a bigint's time": [
        "«at» Type 'bigint' is not assignable to type 'OffsetSpec'.",
      ],
      "an offset as a number": [
        "«offset» Type 'number' is not assignable to type 'bigint'.",
      ],
      "an offset as text": [
        "«offset» Type 'string' is not assignable to type 'bigint'.",
      ],
      "an offset of no such time": [
        "«at» Type '"beginning"' is not assignable to type 'OffsetSpec'.",
      ],
      "an offset that may not be there": [
        "«(listed?.offset)» Object is possibly 'undefined'.",
      ],
      "an offset without which": [
        "«own» Type '{ topic: string; partition: number; }' is not assignable to type 'PartitionName & { readonly at: OffsetSpec; }'.
      Property 'at' is missing in type '{ topic: string; partition: number; }' but required in type '{ readonly at: OffsetSpec; }'.",
      ],
      "an operation of ACLs in capitals": [
        "«operation» Type '"READ"' is not assignable to type 'AclOperation'. Did you mean '"read"'?",
      ],
      "contracts by name": [
        "«"orders"» Type 'string' is not assignable to type 'Topic<string, unknown, unknown>'.",
      ],
      "contracts that are one": [
        "«orders» Argument of type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is not assignable to parameter of type 'readonly Topic<string, unknown, unknown>[]'.
      Type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is missing the following properties from type 'readonly Topic<string, unknown, unknown>[]': length, concat, join, slice, and 26 more.",
      ],
      "groups as a single one": [
        "«"g"» Argument of type 'string' is not assignable to parameter of type 'readonly string[]'.",
      ],
      "nothing wrong": [],
      "partitions as text": [
        "«partitions» Type 'string' is not assignable to type 'number'.",
      ],
      "partitions to add as a number": [
        "«name» Object literal may only specify known properties, and 'name' does not exist in type '{ readonly topic: string; readonly count: number; }'.",
      ],
      "records to delete before a misspelt end": [
        "«before» Type '"latest"' is not assignable to type 'bigint | "end"'.",
      ],
      "records to delete before a number": [
        "«before» Type 'number' is not assignable to type 'bigint | "end"'.",
      ],
      "replicas as a number": [
        "«replicas» Type 'number' is not assignable to type 'readonly number[]'.",
      ],
    }
  `);
});
