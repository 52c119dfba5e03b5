/** The Node that child processes run on: `OTTLA_NODE`, or the one that runs the tests. */
export const nodeBinary = process.env.OTTLA_NODE ?? process.execPath;
