export { missingPostgres } from "./binaries.js";
export type { PostgresOptions } from "./postgres-cluster.js";
export { PostgresCluster } from "./postgres-cluster.js";
