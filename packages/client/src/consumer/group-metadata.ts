/** A member of a group as its coordinator knows it: what a transaction's offsets are checked against (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string;
  readonly memberId: string;
  readonly generation: number;
  readonly groupInstanceId: string | null;
}
