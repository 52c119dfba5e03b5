import type { Serde, SerdeContext, SerializeContext } from "./serde.js";

/** A serde that also takes null, written as a null on the wire: for keys that some records of a topic do not have. */
export function nullable<In, Out>(serde: Serde<In, Out>): Serde<In | null, Out | null> {
  return {
    nullable: true,
    serialize: (value: In | null, context: SerializeContext) =>
      value === null ? null : serde.serialize(value, context),
    deserialize: (content: Uint8Array, context: SerdeContext) => serde.deserialize(content, context),
    ...(serde.schemas && { schemas: serde.schemas.bind(serde) }),
    ...(serde.prepare && { prepare: serde.prepare.bind(serde) }),
    ...(serde.prepareBatch && { prepareBatch: serde.prepareBatch.bind(serde) }),
  };
}
