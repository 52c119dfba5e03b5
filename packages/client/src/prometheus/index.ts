export { type Instrumentation, instrument, type PrometheusClient } from "./instrument.js";
