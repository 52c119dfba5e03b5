export * from "./kafkajs.js";
// For `import kafkajs from "kafkajs"`, as ES modules have imported kafkajs, which is CommonJS.
export * as default from "./kafkajs.js";
