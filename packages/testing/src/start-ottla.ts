import { Broker, type BrokerConfigName, type ConfigValues, type KafkaRelease, type Logger } from "@ottla/broker";
import { type ConsumedRecord, Kafka, type KafkaOptions, type Topic } from "@ottla/client";
import { SchemaRegistry } from "@ottla/schema-registry";
import { RegistryServer } from "@ottla/schema-registry/server";
import { type Clock, nodeWorld, type World } from "@ottla/world";
import { CountedTimers } from "./clock/counted-timers.js";
import { ManualClock } from "./clock/manual-clock.js";
import { ObservedNetwork } from "./network/observed-network.js";

/** Whose time a test runs on. */
export type ClockKind = "real" | "manual";

/** What to start. */
export interface OttlaOptions<C extends ClockKind = ClockKind, R extends boolean = boolean> {
  /** `"manual"` gives broker and clients one clock that stands still until the test moves it. Default `"real"`. */
  readonly clock?: C | undefined;
  /** First reading of a manual clock; the real time by default. */
  readonly startAt?: Date | number | undefined;
  /** Whether a schema registry is started. Default true. */
  readonly registry?: R | undefined;
  /** The broker's configuration, under Kafka's names. Groups wait for no second member unless told to. */
  readonly config?: ConfigValues<BrokerConfigName> | undefined;
  /** The release of Kafka that the broker acts as, `"2.8"`; by default it is all that it can be. */
  readonly actAs?: KafkaRelease | undefined;
  /** Of the client that is made: times out, reconnects, names itself. */
  readonly kafka?: Omit<KafkaOptions, "brokers" | "registry" | "world" | "allowAutoTopicCreation"> | undefined;
  /** Told what broker, registry and client do; silent by default. */
  readonly logger?: Logger | undefined;
}

/** A broker in memory with what belongs to it, on ports of its own. Nothing of it outlives {@link Ottla.close}. */
export interface Ottla<C extends ClockKind = "real", R extends boolean = true> extends AsyncDisposable {
  /** Its `faults` make requests fail; its `bootstrap` is for other clients. */
  readonly broker: Broker;
  /** A client of the registry that registers the schemas it meets. */
  readonly registry: R extends true ? SchemaRegistry : undefined;
  /** Where other clients find the registry: `http://127.0.0.1:port`. */
  readonly registryUrl: R extends true ? string : undefined;
  /** A client of both. Producers, consumers and admins made by it are closed with it. */
  readonly kafka: Kafka;
  readonly clock: C extends "manual" ? ManualClock : Clock;
  /** Clock, timers and sockets of all this, for a relay or another client that is to share them. */
  readonly world: World;
  /** All records of a topic as they stand, each partition in order. */
  records<T extends Topic>(topic: T): Promise<ConsumedRecord<T>[]>;
  /**
   * Removes all faults, closes the client as {@link Kafka.close} does, then the registry and the broker. A manual clock is moved as
   * far as that takes. Twice is fine.
   */
  close(): Promise<void>;
}

/**
 * Starts a broker, a schema registry and a client in this process, in memory and on free ports, within milliseconds.
 *
 * Several may run side by side. They live by timers of their own: a test runner's fake ones do not stop them.
 *
 * ```ts
 * await using ottla = await startOttla();
 * await ottla.kafka.admin().topics.create([orders]);
 * ```
 */
export async function startOttla<C extends ClockKind = "real", R extends boolean = true>(
  options: OttlaOptions<C, R> = {},
): Promise<Ottla<C, R>> {
  const { config = {}, actAs, logger } = options;
  const clock = options.clock === "manual" ? new ManualClock(options.startAt) : undefined;
  const world = clock === undefined ? nodeWorld : manualWorld(clock);
  const broker = await Broker.start({
    memory: true,
    config,
    world,
    ...(actAs !== undefined && { actAs }),
    ...(logger && { logger }),
  });
  let server: RegistryServer | undefined;
  let registry: SchemaRegistry | undefined;
  let kafka: Kafka;
  try {
    // Its port is Node's own, on real time, whichever the broker has.
    if (options.registry !== false) {
      server = await RegistryServer.start({ memory: true, port: 0, ...(logger && { logger }) });
      registry = registryClient(server.url, clock);
    }
    kafka = new Kafka({ logger, ...options.kafka, brokers: [broker.bootstrap], registry, world });
  } catch (error) {
    await server?.close();
    await broker.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = async () => {
    broker.faults.clear();
    await kafka.close();
    await server?.close();
    await broker.close();
  };
  const ottla: Ottla<ClockKind, boolean> = {
    broker,
    registry,
    registryUrl: server?.url,
    kafka,
    clock: clock ?? world.clock,
    world,
    records: (topic) => recordsOf(kafka, topic),
    close: () => {
      closing ??= clock === undefined ? close() : clock.until(close());
      return closing;
    },
    [Symbol.asyncDispose]: () => ottla.close(),
  };
  return ottla as Ottla<C, R>;
}

function manualWorld(clock: ManualClock): World {
  const network = new ObservedNetwork();
  clock.observe(() => network.inMotion);
  return { ...nodeWorld, clock, timers: clock.timers, network };
}

/** Its requests go over HTTP, which no world carries: on a manual clock, time stands still until they are answered. */
function registryClient(url: string, clock: ManualClock | undefined): SchemaRegistry {
  if (clock === undefined) return new SchemaRegistry(url, { autoRegister: true });
  const timers = new CountedTimers();
  clock.observe(() => (timers.pending > 0 ? "a request to the registry" : undefined));
  return new SchemaRegistry(url, { autoRegister: true, world: { ...nodeWorld, timers } });
}

async function recordsOf<T extends Topic>(kafka: Kafka, topic: T): Promise<ConsumedRecord<T>[]> {
  const records: ConsumedRecord<T>[] = [];
  for await (const record of kafka.reader({ topics: [topic], until: "end" })) records.push(record);
  return records;
}
