import type { ConsumedRecord, Topic } from "@ottla/client";

/** Nest's `EventPattern`, as far as it is needed. */
type EventPattern = (pattern: string, transport: symbol) => MethodDecorator;

/** For methods that take the records of the topic `T`; on others it does not compile. */
type RecordHandler<T extends Topic> = <F extends (record: ConsumedRecord<T>) => unknown>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/** What tells the handlers of a {@link ContractStrategy} from those of other transports in the same application. */
export const contractTransport = Symbol("@ottla/kafkajs/nest");

/**
 * Makes Nest's `EventPattern` take a topic's contract instead of its name: the decorated method is given the topic's records, typed.
 *
 * ```ts
 * const On = contractPattern(EventPattern);
 *
 * @Controller()
 * class Billing {
 *   @On(orders)
 *   async bill(record: ConsumedRecord<typeof orders>) { … }
 * }
 * ```
 */
export function contractPattern(eventPattern: EventPattern): <T extends Topic>(topic: T) => RecordHandler<T> {
  return ({ name }) =>
    (target, method, descriptor) => {
      eventPattern(name, contractTransport)(target, method, descriptor);
    };
}
