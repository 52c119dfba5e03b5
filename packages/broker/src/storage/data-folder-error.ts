/**
 * A data folder that cannot be used: another broker has it (`IN_USE`), a newer release wrote it (`NEWER_FORMAT`), or it is of
 * another node or cluster (`FOREIGN`). The text says which and what to do.
 */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
  readonly code: "IN_USE" | "NEWER_FORMAT" | "FOREIGN";
  readonly retriable = false;

  constructor(code: DataFolderError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
