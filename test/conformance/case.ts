import type { Conversation } from "./conversation.js";

/** A sequence of exchanges that is the same for both brokers. */
export interface Case {
  readonly title: string;
  run(talk: Conversation): Promise<void>;
}
