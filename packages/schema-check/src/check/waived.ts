import type { Waiver } from "../manifest/manifest.js";
import type { Finding } from "./finding.js";

/** Waivers that may count, those that this change only asks for, and the day it is. */
export interface Waivers {
  /** The base's: a change does not excuse itself. */
  readonly inForce: readonly Waiver[];
  readonly asked: readonly Waiver[];
  readonly base: string;
  readonly today: string;
}

/** The finding with the waiver that lets it pass, or with why one that names it does not. */
export function waived(subject: string, finding: Finding, waivers: Waivers): Finding {
  const names = (waiver: Waiver): boolean =>
    waiver.subject === subject &&
    waiver.difference === finding.type &&
    (waiver.path === undefined || waiver.path === finding.path);
  const known = waivers.inForce.filter(names);
  const waiver = known.find(({ expires }) => expires >= waivers.today);
  if (waiver !== undefined) return { ...finding, waiver };
  const [expired] = known;
  if (expired !== undefined) {
    return { ...finding, waiverRefused: `its waiver by ${expired.approver} expired on ${expired.expires}` };
  }
  if (!waivers.asked.some(names)) return finding;
  return { ...finding, waiverRefused: `its waiver is part of this change, and counts once ${waivers.base} holds it` };
}
