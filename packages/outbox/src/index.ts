// Events that commit with business rows.

// What operators do.
export type {
  DoctorFinding,
  OutboxAdmin,
  OutboxStatus,
  RelayReport,
  ShardLag,
  StalledEvent,
  StalledFilter,
  StalledSelection,
} from "./admin/outbox-admin.js";
// What is common to all databases.
export type { Duration } from "./duration.js";
export type { OutboxErrorCode } from "./errors.js";
export { OutboxError } from "./errors.js";
// Effects that happen once.
export type { Inbox, InboxCounts, InboxOptions } from "./inbox/inbox.js";
export { createInbox } from "./inbox/inbox.js";
export type { InboxRecord } from "./inbox/record-id.js";
export type { AddOptions, Outbox, OutboxOptions } from "./outbox/outbox.js";
export { createOutbox } from "./outbox/outbox.js";
// Their way to the broker.
export type { PublishedRecord, RecordPublisher } from "./record-publisher.js";
export type { BackoffOptions } from "./relay/backoff.js";
export type { Relay, RelayOptions, RelayStatus, ShardStatus } from "./relay/relay.js";
export { createRelay } from "./relay/relay.js";
export type { RelayEvents, RelayedRecord } from "./relay/relay-events.js";
export type { RelayTuning } from "./relay/relay-settings.js";
export type {
  AnyTx,
  EffectResult,
  InTx,
  NotAPromise,
  SqlRow,
  SqlTx,
  SqlTxSync,
  SqlValue,
  Transactions,
} from "./sql/sql.js";
export type {
  InboxEntry,
  InboxStore,
  NewOutboxRow,
  OutboxRow,
  OutboxStore,
  RelaySession,
  RelaySessionOptions,
  ShardReport,
  ShardSession,
  StalledHead,
  StalledOutcome,
  StalledRow,
  StepRequest,
  StepResult,
} from "./store/outbox-store.js";
export { WakeUp } from "./store/wake-up.js";
