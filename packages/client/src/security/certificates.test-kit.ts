import { readFileSync } from "node:fs";

/** A file of `fixtures`, which its `make.sh` makes. */
export const certificate = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url), "utf8");
