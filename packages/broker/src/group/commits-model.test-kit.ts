/** One partition's commits in the order of the log: the last one that counts is the group's offset. */
export class CommitsModel {
  #commits: { readonly offset: number; readonly producerId: number | undefined }[] = [];

  add(offset: number, by?: number): void {
    this.#commits.push({ offset, producerId: by });
  }

  end(by: number, result: "commit" | "abort"): void {
    const kept = this.#commits.filter((each) => result === "commit" || each.producerId !== by);
    this.#commits = kept.map((each) => (each.producerId === by ? { ...each, producerId: undefined } : each));
  }

  clear(): void {
    this.#commits = [];
  }

  get seen() {
    const offset = this.#commits.findLast((each) => each.producerId === undefined)?.offset;
    return { offset, isPending: this.#commits.some((each) => each.producerId !== undefined) };
  }
}
