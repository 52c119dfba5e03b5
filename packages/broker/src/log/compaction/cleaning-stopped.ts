/** A round ended early, and no harm is done: the log was deleted, its segments went, or the store closes. */
export class CleaningStopped extends Error {
  override readonly name = "CleaningStopped";
}
