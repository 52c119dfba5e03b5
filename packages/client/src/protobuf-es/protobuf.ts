import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Serde } from "../serde/serde.js";

/** A serde of Protobuf messages, and the message it is of. */
export interface ProtobufSerde<Desc extends DescMessage> extends Serde<MessageInitShape<Desc>, MessageShape<Desc>> {
  readonly message: Desc;
}

/**
 * Messages of protobuf-es (`@bufbuild/protobuf` 2), as their plain bytes: no registry has a part in it.
 *
 * ```ts
 * const orders = topic("orders", { key: string(), value: protobuf(OrderSchema) });
 * ```
 *
 * A writer gives a message, or what `create(OrderSchema, …)` takes; a reader gets a message, whose `bytes` fields are views of
 * the fetched batch. Fields that this version of the message does not know are kept in it, and written again with it.
 *
 * @param message - What `protoc-gen-es` generates for a message: `OrderSchema`.
 */
export function protobuf<Desc extends DescMessage>(message: Desc): ProtobufSerde<Desc> {
  return {
    message,
    serialize(value: MessageInitShape<Desc>): Uint8Array {
      // Another message would be taken for an object whose fields happen to have such names.
      const { $typeName: name = message.typeName } = Object(value) as { readonly $typeName?: unknown };
      if (name !== message.typeName) throw new TypeError(`it is a ${name}, not a ${message.typeName}`);
      return toBinary(message, create(message, value));
    },
    deserialize: (content: Uint8Array) => fromBinary(message, content),
  };
}
