import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { liveRegistry } from "../../registry/live-registry.js";
import { order, orderSchema, ourSide } from "../../registry/sample-order.js";
import { type NpmFolder, npmFolder } from "../npm-folder.js";

/** The part of Confluent's package that is used here; its own types would have to be installed to be read. */
interface Confluent {
  readonly SchemaRegistryClient: new (config: { readonly baseURLs: readonly string[] }) => ConfluentClient;
  readonly AvroSerializer: new (
    client: ConfluentClient,
    type: number,
    config: object,
  ) => { serialize(topic: string, value: unknown): Promise<Buffer> };
  readonly AvroDeserializer: new (
    client: ConfluentClient,
    type: number,
    config: object,
  ) => { deserialize(topic: string, payload: Buffer): Promise<unknown> };
  readonly SerdeType: { readonly VALUE: number };
}

interface ConfluentSchema {
  readonly schema: string;
  readonly schemaType?: string;
}

interface ConfluentClient {
  register(subject: string, schema: ConfluentSchema): Promise<number>;
  getId(subject: string, schema: ConfluentSchema): Promise<number>;
  getBySubjectAndId(subject: string, id: number): Promise<ConfluentSchema>;
  getLatestSchemaMetadata(subject: string): Promise<{ readonly id?: number; readonly version?: number }>;
  getAllSubjects(): Promise<readonly string[]>;
  getAllVersions(subject: string): Promise<readonly number[]>;
  testCompatibility(subject: string, schema: ConfluentSchema): Promise<boolean>;
  testSubjectCompatibility(subject: string, schema: ConfluentSchema): Promise<boolean>;
  getCompatibility(subject: string): Promise<string>;
  updateCompatibility(subject: string, level: string): Promise<string>;
  getDefaultCompatibility(): Promise<string>;
  deleteSubjectVersion(subject: string, version: number, permanent?: boolean): Promise<number>;
  deleteSubject(subject: string, permanent?: boolean): Promise<readonly number[]>;
}

const schema: ConfluentSchema = { schema: JSON.stringify(orderSchema), schemaType: "AVRO" };
const grown: ConfluentSchema = {
  schema: JSON.stringify({ ...orderSchema, fields: [...orderSchema.fields, { name: "added", type: "string" }] }),
  schemaType: "AVRO",
};

describe("Confluent's JavaScript registry client", () => {
  let installed: NpmFolder;
  beforeAll(() => {
    installed = npmFolder(dirname(fileURLToPath(import.meta.url)));
  }, 200_000);

  const load = (skip: (why: string) => never): Confluent => {
    if ("missing" in installed) return skip(installed.missing);
    return createRequire(join(installed.folder, "package.json"))("@confluentinc/schemaregistry") as Confluent;
  };

  it("registers, looks up and encodes; records cross both ways with ours, byte for byte", async ({ skip }) => {
    const { SchemaRegistryClient, AvroSerializer, AvroDeserializer, SerdeType } = load(skip);
    const { url } = await liveRegistry();
    const client = new SchemaRegistryClient({ baseURLs: [url] });
    const serializer = new AvroSerializer(client, SerdeType.VALUE, {
      avroSchema: schema,
      useLatestVersion: true,
      autoRegisterSchemas: false,
    });
    const id = await client.register("orders-value", schema);
    expect(await client.getId("orders-value", schema)).toBe(id);
    expect(await client.getLatestSchemaMetadata("orders-value")).toMatchObject({ id, version: 1 });
    const ours = await ourSide(url, "orders");
    await ours.prepare();
    const encoded = await serializer.serialize("orders", order);
    expect(ours.serialize(order)).toEqual(encoded);
    expect(await ours.read(encoded)).toEqual(order);
    const deserializer = new AvroDeserializer(client, SerdeType.VALUE, {});
    expect(await deserializer.deserialize("orders", ours.serialize(order))).toEqual(order);
  });

  it("registers by itself while it serializes", async ({ skip }) => {
    const { SchemaRegistryClient, AvroSerializer, SerdeType } = load(skip);
    const { url } = await liveRegistry();
    const client = new SchemaRegistryClient({ baseURLs: [url] });
    await client.register("orders-value", schema);
    const ours = await ourSide(url, "orders");
    await ours.prepare();
    const serializer = new AvroSerializer(client, SerdeType.VALUE, { autoRegisterSchemas: true });
    const encoded = await serializer.serialize("people", { name: "x", age: 7 });
    expect(encoded.readInt32BE(1)).toBe(2);
    expect(await client.getAllSubjects()).toEqual(["orders-value", "people-value"]);
  });

  it("checks, configures and deletes", async ({ skip }) => {
    const { SchemaRegistryClient } = load(skip);
    const { url } = await liveRegistry();
    const client = new SchemaRegistryClient({ baseURLs: [url] });
    await client.register("s", schema);
    expect(await client.getDefaultCompatibility()).toBe("BACKWARD");
    expect(await client.testSubjectCompatibility("s", grown)).toBe(false);
    await expect(client.register("s", grown)).rejects.toMatchObject({ status: 409, errorCode: 40901 });
    expect(await client.updateCompatibility("s", "NONE")).toBe("NONE");
    expect(await client.getCompatibility("s")).toBe("NONE");
    expect(await client.testSubjectCompatibility("s", grown)).toBe(true);
    await client.register("s", grown);
    expect(await client.getAllVersions("s")).toEqual([1, 2]);
    expect(await client.deleteSubjectVersion("s", 1)).toBe(1);
    expect(await client.deleteSubject("s")).toEqual([2]);
    expect(await client.deleteSubject("s", true)).toEqual([1, 2]);
    expect(await client.getAllSubjects()).toEqual([]);
  });
});
