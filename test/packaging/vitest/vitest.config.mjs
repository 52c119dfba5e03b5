export default { test: { include: ["*.spec.ts"], reporters: ["json"], watch: false } };
