/** What the demo saw happen. */
export interface Counts {
  placed: number;
  readonly kills: string[];
  rebalances: number;
  brokerKills: number;
  /** Records the inbox had seen before, summed over the billing processes that lived to tell. */
  duplicatesSkipped: number;
}

export const noCounts = (): Counts => ({ placed: 0, kills: [], rebalances: 0, brokerKills: 0, duplicatesSkipped: 0 });
