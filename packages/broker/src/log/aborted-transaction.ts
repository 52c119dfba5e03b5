/** A transaction that was aborted, as one segment's `.txnindex` says it. */
export interface AbortedTransaction {
  readonly producerId: number;
  /** Of its first batch. */
  readonly firstOffset: number;
  /** Of the marker that ended it. */
  readonly lastOffset: number;
  /** What was decided once the marker was there: a reader that stays below needs no later entry. */
  readonly lastStableOffset: number;
}

// Kafka's entry: version int16 (0), producer id, first offset, last offset, last stable offset, all int64.
const version = 0;
export const abortedTransactionBytes = 34;

export function encodeAbortedTransactions(transactions: readonly AbortedTransaction[]): Buffer {
  const bytes = Buffer.alloc(transactions.length * abortedTransactionBytes);
  let at = 0;
  for (const { producerId, firstOffset, lastOffset, lastStableOffset } of transactions) {
    bytes.writeInt16BE(version, at);
    bytes.writeBigInt64BE(BigInt(producerId), at + 2);
    bytes.writeBigInt64BE(BigInt(firstOffset), at + 10);
    bytes.writeBigInt64BE(BigInt(lastOffset), at + 18);
    bytes.writeBigInt64BE(BigInt(lastStableOffset), at + 26);
    at += abortedTransactionBytes;
  }
  return bytes;
}

/** The entries of a segment's file; `undefined` when they cannot be those of a segment with offsets from `baseOffset` to below `nextOffset`. */
export function decodeAbortedTransactions(
  bytes: Buffer,
  baseOffset: number,
  nextOffset: number,
): AbortedTransaction[] | undefined {
  if (bytes.length % abortedTransactionBytes !== 0) return undefined;
  const transactions: AbortedTransaction[] = [];
  let before = baseOffset - 1;
  for (let at = 0; at < bytes.length; at += abortedTransactionBytes) {
    const transaction = {
      producerId: Number(bytes.readBigInt64BE(at + 2)),
      firstOffset: Number(bytes.readBigInt64BE(at + 10)),
      lastOffset: Number(bytes.readBigInt64BE(at + 18)),
      lastStableOffset: Number(bytes.readBigInt64BE(at + 26)),
    };
    const { firstOffset, lastOffset } = transaction;
    const isPlausible =
      bytes.readInt16BE(at) === version && firstOffset >= 0 && firstOffset < lastOffset && lastOffset > before;
    if (!isPlausible || lastOffset >= nextOffset) return undefined;
    before = lastOffset;
    transactions.push(transaction);
  }
  return transactions;
}

/**
 * Adds to `found` those of one segment that have records between `from` and `upTo`. True when no later segment can have more.
 * `transactions` are in the order of their markers.
 */
export function collectAborted(
  transactions: readonly AbortedTransaction[],
  from: number,
  upTo: number,
  found: AbortedTransaction[],
): boolean {
  for (let index = firstEndingAt(transactions, from); index < transactions.length; index += 1) {
    const transaction = transactions[index];
    if (transaction === undefined) break;
    if (transaction.firstOffset < upTo) found.push(transaction);
    if (transaction.lastStableOffset >= upTo) return true;
  }
  return false;
}

/** Index of the first one whose marker is at `offset` or behind. */
function firstEndingAt(transactions: readonly AbortedTransaction[], offset: number): number {
  let low = 0;
  let high = transactions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((transactions[middle]?.lastOffset ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
