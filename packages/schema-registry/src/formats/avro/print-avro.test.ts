import { describe, expect, it } from "vitest";
import { printAvro } from "./print-avro.js";

describe("printAvro", () => {
  it.each([
    { title: "a primitive in an object is its name", schema: '{ "type" : "string" }', text: '"string"' },
    {
      title: "a primitive that says more keeps it",
      schema: '{"logicalType":"date","type":"int"}',
      text: '{"type":"int","logicalType":"date"}',
    },
    {
      title: "a record's attributes come in Avro's order, its properties after the fields, its aliases last",
      schema:
        '{"aliases":["Old"],"owner":"shop","fields":[{"default":null,"doc":"d","type":["null","string"],"name":"a","pii":true}],"doc":"x","namespace":"n","name":"R","type":"record"}',
      text: '{"type":"record","name":"R","namespace":"n","doc":"x","fields":[{"name":"a","type":["null","string"],"doc":"d","default":null,"pii":true}],"owner":"shop","aliases":["Old"]}',
    },
    {
      title: "a dotted name is split, and an inherited namespace is not repeated",
      schema:
        '{"type":"record","name":"a.b.R","fields":[{"name":"f","type":{"type":"enum","name":"a.b.E","symbols":["X"],"default":"X"}},{"name":"g","type":"a.b.E"}]}',
      text: '{"type":"record","name":"R","namespace":"a.b","fields":[{"name":"f","type":{"type":"enum","name":"E","symbols":["X"],"default":"X"}},{"name":"g","type":"E"}]}',
    },
    {
      title: "an ascending order is the default, another one stays",
      schema:
        '{"type":"record","name":"R","fields":[{"name":"a","type":"int","order":"ascending"},{"name":"b","type":"int","order":"ignore"}]}',
      text: '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","order":"ignore"}]}',
    },
  ])("$title", ({ schema, text }) => {
    expect(printAvro(JSON.parse(schema))).toBe(text);
    expect(printAvro(JSON.parse(text))).toBe(text);
  });
});
