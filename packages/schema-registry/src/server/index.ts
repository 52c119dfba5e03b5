export type { CompatibilityLevel } from "../compatibility/level.js";
export type { ServerAuth } from "./http/auth.js";
export { RegistryServer, type RegistryServerOptions } from "./registry-server.js";
export { RegistryStartError, type RegistryStartErrorCode } from "./registry-start-error.js";
