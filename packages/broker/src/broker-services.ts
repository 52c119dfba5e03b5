import type { World } from "@ottla/world";
import type { MetricCounters } from "./broker-metrics.js";
import type { BrokerConfig } from "./config/broker-config.js";
import type { FetchSessions } from "./fetch-session/fetch-sessions.js";
import type { GroupCoordinator } from "./group/group-coordinator.js";
import type { HandlerTable } from "./handlers/handler.js";
import type { ResponseMemory } from "./handlers/response-memory.js";
import type { Logger } from "./logger.js";
import type { KafkaRelease } from "./releases/release-versions.js";
import type { Address } from "./server/listener-options.js";
import type { ReadBuffers } from "./server/read-buffers.js";
import type { ProducerIds } from "./topics/producer-ids.js";
import type { Topics } from "./topics/topics.js";
import type { TransactionCoordinator } from "./txn/transaction-coordinator.js";
import type { TransactionMarkers } from "./txn/transaction-markers.js";

/** The parts of a running broker that handlers and coordinators work with. */
export interface BrokerServices {
  readonly world: World;
  readonly clusterId: string;
  readonly nodeId: number;
  /** The release of Kafka that is acted as; `undefined`: none but our own. */
  readonly release: KafkaRelease | undefined;
  readonly config: BrokerConfig;
  readonly topics: Topics;
  readonly producerIds: ProducerIds;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly markers: TransactionMarkers;
  readonly fetchSessions: FetchSessions;
  /** What is served, for ApiVersions. */
  readonly handlers: HandlerTable;
  /** Where clients of a listener are told to find this broker. */
  advertised(listener: string): Address;
  readonly logger: Logger;
  readonly metrics: MetricCounters;
  readonly memory: ResponseMemory;
  readonly readBuffers: ReadBuffers;
}
