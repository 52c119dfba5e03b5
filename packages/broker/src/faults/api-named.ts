import type { ApiName, apis } from "@ottla/protocol";

/** The API of a name. */
export type ApiNamed<N extends ApiName> = (typeof apis)[N];
