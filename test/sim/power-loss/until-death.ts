import type { FileOperation } from "../disk/sim-files.js";
import type { SimProcess } from "../sim-process.js";
import type { Simulation } from "../simulation.js";

/** Runs until the work is done or the machine died in it. What goes wrong on a machine that runs fails the simulation. */
export async function untilDeath(sim: Simulation, machine: SimProcess, work: () => Promise<void>): Promise<void> {
  let isDone = false;
  const { incarnation } = machine;
  work().then(
    () => {
      isDone = true;
    },
    (error: unknown) => machine.isRunning(incarnation) && sim.fail(error),
  );
  await sim.run(() => isDone || !machine.isAlive);
}

/** How one life of a machine ends. */
export interface Death {
  readonly kind: "powerLoss" | "kill";
  readonly isTime: (operation: FileOperation) => boolean;
  /** The power goes here as well. */
  readonly alsoAt: (operation: FileOperation) => boolean;
}

/** One life of a machine, which ends in the work, or at its end. */
export async function oneLife(
  sim: Simulation,
  machine: SimProcess,
  death: Death,
  work: () => Promise<void>,
): Promise<void> {
  const { kind, isTime, alsoAt } = death;
  machine.onOperation = (operation) => {
    if (alsoAt(operation)) machine.crash({ kind: "powerLoss" });
    else if (isTime(operation)) machine.crash({ kind });
  };
  await untilDeath(sim, machine, work);
  machine.onOperation = undefined;
  machine.crash({ kind });
}
