export { instrument, type OpenTelemetry } from "./instrument.js";
