import type { AvroType } from "./avro-type.js";

const isInteger = (value: unknown, least: number, most: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

/** Whether a JSON value may stand as the default of a field: as Avro 1.12's Java library judges it, any branch of a union will do. */
export function isDefaultOf(type: AvroType, value: unknown): boolean {
  switch (type.kind) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "int":
      return isInteger(value, -(2 ** 31), 2 ** 31 - 1);
    case "long":
      return isInteger(value, -(2 ** 63), 2 ** 63);
    case "float":
    case "double":
      return typeof value === "number";
    case "bytes":
    case "string":
    case "enum":
    case "fixed":
      return typeof value === "string";
    case "array":
      return Array.isArray(value) && value.every((item) => isDefaultOf(type.items, item));
    case "map":
      return isObject(value) && Object.values(value).every((item) => isDefaultOf(type.values, item));
    case "union":
      return type.branches.some((branch) => isDefaultOf(branch, value));
    case "record":
      return (
        isObject(value) &&
        type.fields.every((field) =>
          Object.hasOwn(value, field.name) ? isDefaultOf(field.type, value[field.name]) : field.hasDefault,
        )
      );
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
