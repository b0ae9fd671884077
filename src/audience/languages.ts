import type { AudioRendition, CmafRendition } from "../programme/mod.ts";
import { languageName } from "../wire/language.ts";
import type { LiveState } from "../wire/public-state.ts";
import type { PartStore } from "./part-store.ts";

/** One programme of an event: the floor, or an interpretation. */
interface ProgrammeOfEvent {
  /** BCP 47 tag of an interpretation; undefined: the floor. */
  readonly language: string | undefined;
  readonly store: PartStore;
}

/** All programmes of an event, the floor first; languages may come while it is on air. */
export type Programmes = () => readonly ProgrammeOfEvent[];

/** Folder of an interpretation below its event, with a slash at the end. */
export function languagePath(language: string): string {
  return `lang/${language}/`;
}

/** A path below an event, taken apart: in which language, and what of it; undefined for one of the floor. */
export function readLanguagePath(path: string): { readonly language: string; readonly rest: string } | undefined {
  const found = /^lang\/([A-Za-z0-9-]{2,35})\/(.+)$/.exec(path);
  return found === null ? undefined : { language: found[1] as string, rest: found[2] as string };
}

/** The way from a rendition's folder in one programme to the renditions of another. */
export function languageFolder(from: string | undefined, to: string | undefined): string {
  if (from === to) return "../";
  return `${from === undefined ? "../" : "../../../"}${to === undefined ? "" : languagePath(to)}`;
}

/** What the floor is called beside its interpretations. */
export function floorName(language: string): string {
  return language === "" ? "Original" : `Original (${languageName(language)})`;
}

/** The languages of one rendition for the multivariant playlist; the floor is in the variant itself. */
export function renditionsOf(
  live: LiveState | undefined,
  rendition: CmafRendition,
  programmes: ReturnType<Programmes>,
  playlist: string,
): readonly AudioRendition[] {
  const floor = live?.interpretation?.floor ?? "";
  return programmes.map(({ language }) =>
    language === undefined
      ? { group: rendition, language: floor, name: floorName(floor) }
      : { group: rendition, language, name: languageName(language), uri: `${languagePath(language)}${rendition}/${playlist}` },
  );
}
