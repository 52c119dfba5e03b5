/** One run of one process. All three together never come back, whatever the operating system does with its process ids. */
export interface ProcessStamp {
  readonly pid: number;
  /** Changes with every boot of the machine; empty where it cannot be read. */
  readonly bootId: string;
  /** When the process started, in the system's own unit; empty where it cannot be read. */
  readonly startTime: string;
}

/** Who we are, and whether somebody else still runs: what a folder lock needs to know. */
export interface ProcessIdentity {
  readonly self: ProcessStamp;
  isRunning(stamp: ProcessStamp): boolean;
}
