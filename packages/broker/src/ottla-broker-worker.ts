import { serveJobs } from "@ottla/world";
import { cleanSegments } from "./log/compaction/clean-segments.js";
import type { CleaningPlan } from "./log/compaction/cleaning-plan.js";
import { unbroken } from "./log/compaction/pace.js";
import { SyncSlots } from "./storage/sync-slots.js";

// The module of the thread that compaction is done in. It stands beside index.js in the published package.
const syncSlots = new SyncSlots(1);

serveJobs({
  cleanSegments: (plan: CleaningPlan, files) => cleanSegments(plan, { files, syncSlots, pace: unbroken }),
});
