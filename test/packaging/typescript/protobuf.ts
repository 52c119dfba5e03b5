// Apart from the others: protobuf-es has declarations for TypeScript from 5.7 on.
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type ConsumedRecord, type Sendable, string, topic } from "@ottla/client";
import { protobuf } from "@ottla/client/protobuf-es";

const times = topic("times", { key: string(), value: protobuf(TimestampSchema) });
// @ts-expect-error seconds are a bigint
export const refused: Sendable<typeof times> = { key: "now", value: { seconds: "1" } };
export const messageOf = ({ value }: ConsumedRecord<typeof times>): Timestamp => value;
