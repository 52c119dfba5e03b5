/** What the demo was asked to do. */
export interface Settings {
  readonly seed: number;
  readonly orders: number;
  readonly rate: number;
  readonly input?: string;
  /** `host:port`, or several with commas between, of another cluster than the demo's own broker; that one is not killed then. */
  readonly bootstrap?: string;
  /** Another schema registry than the demo's own. */
  readonly registry?: string;
  readonly database: "sqlite" | "postgres";
  /** Where databases and logs go; removed afterwards unless it was given. */
  readonly folder?: string;
  /** Gives up after so many seconds. */
  readonly timeoutSeconds: number;
}
