export type { ManualClock } from "./clock/manual-clock.js";
export { type ClockKind, type Ottla, type OttlaOptions, startOttla } from "./start-ottla.js";
