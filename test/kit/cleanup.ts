import { onTestFinished } from "vitest";

/** Runs `undo` when the running test ends, however it ends. Later registrations are undone first. */
export function cleanup(undo: () => void | Promise<void>): void {
  onTestFinished(() => undo());
}
