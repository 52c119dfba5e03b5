/*
 * What is synced, and what a power loss takes without it. Everything not listed (indexes, other snapshots, the clean-shutdown
 * marker, high watermarks, lock files) is a hint that is checked or made anew.
 *
 * datasync      *.log                                   acknowledged and served records
 * datasync      partition.metadata                      whose records these are: those of a deleted topic come back in the next
 *                                                       one of its name
 * datasync      leader-epoch-checkpoint.tmp             the epoch after a cut: it falls back below what clients have seen
 * datasync      *.cut                                   the bytes a recovery cut away
 * datasync      log-start-offset-checkpoint.tmp         acknowledged deletions of records; segments removed in part leave a hole
 * datasync      recovery-point-offset-checkpoint.tmp    what is damage and what a torn write: damaged records are cut, not fenced
 * datasync      meta.properties.tmp                     the cluster id
 * syncDirectory <topic>-<partition>, LogFolder.sync     a segment's name, with all its records
 * syncDirectory <topic>-<partition>, makeDurable        what a killed process wrote and this one serves; the epoch after a cut,
 *                                                       and that segments and snapshots behind it are gone
 * syncDirectory <topic>-<partition>, removeSnapshots    that a snapshot of lost batches is gone: it would name batches that are not there
 * syncDirectory data folder, syncFolderNames            a partition's name; a deleted one's new name, before its files go
 * datasync      *.snapshot                              producers whose batches are removed: their next sequence is refused
 * syncDirectory <topic>-<partition>, keepsProducers     that snapshot's name
 * syncDirectory <topic>-<partition>, claim              whose the records are that a recovery found and serves
 * datasync      *.cleaned                               the records that compaction keeps: it takes the only others away
 * datasync      compaction-gaps-checkpoint.tmp          where batches are missing by right: all behind a gap would be cut
 * syncDirectory <topic>-<partition>, allowGapsBefore    that file's name
 * syncDirectory <topic>-<partition>, swapSegments       what replaces a group of segments, before it goes; that it went, before
 *                                                       what replaces it lies beside it; and both before anything that a later
 *                                                       group lacks because of this one
 * syncDirectory <topic>-<partition>, finishSwaps        as the second of these
 * syncDirectory data folder, saveLogStarts              as the log start checkpoint
 * syncDirectory data folder, forget                     where a topic begins that has the name of a deleted one
 * syncDirectory data folder, recover                    the cluster id; partitions that a killed process made; that the
 *                                                       clean-shutdown marker is gone: it would vouch for a torn tail
 * syncDirectory folders above the data folder           everything
 */

/**
 * Lets so many syncs run at once, the others in turn. Node does file work on four threads: without a limit the syncs of many
 * hot partitions would stand before every read.
 */
export class SyncSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  async run<T>(sync: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await sync();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
