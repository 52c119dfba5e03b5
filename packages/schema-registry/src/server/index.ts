export type { CompatibilityLevel } from "../compatibility/level.js";
export type { ElectionOptions } from "./election/leader-election.js";
export type { ServerAuth } from "./http/auth.js";
export type { ServerTls } from "./http/listen.js";
export type { PrometheusModule } from "./http/registry-metrics.js";
export { RegistryServer, type RegistryServerOptions } from "./registry-server.js";
export { RegistryStartError, type RegistryStartErrorCode } from "./registry-start-error.js";
