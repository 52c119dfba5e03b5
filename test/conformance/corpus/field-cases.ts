import type { Case } from "../case.js";
import type { Body, Conversation } from "../conversation.js";
import { mutations } from "../mutations.js";
import { apiNamed, type Served, versionsOf } from "../served.js";

/** A valid request of an API, from which every spoiled one is made. */
export interface FieldScene {
  readonly api: string;
  /** Beside others of the same API. */
  readonly called?: string;
  readonly versions?: readonly [min: number, max: number];
  /** Paths, or `path=value` labels, that are not spoiled: what would wait, or reach beyond the case. */
  readonly leftAlone?: RegExp;
  /** A body for each request, where one request changes what the next would find. */
  readonly isUsedUp?: true;
  body(talk: Conversation, version: number): Body | Promise<Body>;
}

/** For each version that both serve: the valid request, then one for every way to spoil a field. */
export const fieldCases = (served: Served, scenes: readonly FieldScene[]): readonly Case[] =>
  scenes.flatMap((scene) =>
    versionsOf(served, scene.api)
      .filter((version) => version >= (scene.versions?.[0] ?? 0) && version <= (scene.versions?.[1] ?? 99))
      .map((version) => ({
        title: `fields of ${scene.api}${scene.called === undefined ? "" : ` ${scene.called}`} v${version}`,
        run: (talk: Conversation) => spoilEachField(talk, scene, version),
      })),
  );

async function spoilEachField(talk: Conversation, scene: FieldScene, version: number): Promise<void> {
  const { fields } = apiNamed(scene.api).request;
  const isLeftAlone = (path: string): boolean => scene.leftAlone?.test(path) ?? false;
  const valid = await scene.body(talk, version);
  await talk.ask("valid", scene.api, version, valid);
  const labels = Array.from(mutations(fields, version, valid, strangers(talk), isLeftAlone), ({ label }) => label);
  for (const [index, label] of labels.entries()) {
    const base = scene.isUsedUp ? await scene.body(talk, version) : valid;
    const body = [...mutations(fields, version, base, strangers(talk), isLeftAlone)][index]?.body;
    if (body !== undefined) await talk.ask(label, scene.api, version, body);
  }
}

const strangers = (talk: Conversation) => ({
  unknown: talk.name("nobody"),
  odd: talk.name("bad name/é"),
  "300 characters": talk.name("long", 300),
});
