/** What the command's exit status says. Scripts may rely on these numbers. */
export const exitCodes = {
  done: 0,
  /** The cluster or the input said no. */
  failed: 1,
  /** The words of the call are wrong. */
  usage: 2,
  /** No broker, or no schema registry, could be reached. */
  unreachable: 3,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;
