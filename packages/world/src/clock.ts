/** Two readings of time. Wall time may jump either way; monotonic time never goes back. */
export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. */
  now(): number;
  /** Milliseconds since some fixed point, fractional, never going back. Timeouts are measured with this. */
  monotonic(): number;
}
