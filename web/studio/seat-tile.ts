import { html, nothing } from "lit";
import type { PathNow } from "../../src/wire/path-record.ts";
import { languageName } from "../../src/wire/language.ts";
import type { RoomRequest, RoomSeat, TalkNow } from "../../src/wire/room.ts";
import { clock } from "../listen/time.ts";
import { sayBackstage } from "../words/backstage.ts";
import { sayInterpretation } from "../words/interpretation.ts";
import { lang } from "../words/language.ts";
import { say, type StudioWord } from "../words/studio.ts";
import { sayVoice } from "../words/voices.ts";
import { renderPath } from "./path-view.ts";

const PRESENCE: Readonly<Record<RoomSeat["presence"], StudioWord>> = {
  absent: "absent",
  backstage: "waiting",
  reconnecting: "reconnecting",
  "on-stage": "onStage",
};

/** What a tile shows, and what whoever looks at it may do. */
export interface SeatTile {
  readonly seat: RoomSeat;
  readonly own: boolean;
  /** Whether the event is over: then nothing is done any more. */
  readonly over: boolean;
  readonly talk: TalkNow | undefined;
  readonly path: PathNow | undefined;
  readonly mayMute: boolean;
  readonly mayTakeAside: boolean;
  readonly send: (request: RoomRequest) => void;
  readonly onAside: (seat: string, aside: boolean) => void;
}

/** One person in the room: ring, meter, name, state, talk, path, and what may be done. */
export function renderSeat(tile: SeatTile) {
  const { seat, own, over, path, mayMute, mayTakeAside, send, onAside } = tile;
  const { id, name, aside, presence } = seat;
  const hasSound = seat.role !== "moderator" && seat.role !== "captioner";
  const offAir = presence === "on-stage" && (aside === true || seat.role === "producer");
  const states = [
    seat.away ? say("awayCall") : offAir ? sayBackstage("isAside") : say(PRESENCE[presence]),
    ...(seat.handUp === true ? [sayBackstage("handUp")] : []),
    ...(seat.muted ? [say("muted")] : []),
    ...(seat.howl === undefined ? [] : [say(seat.howl.act === "mute" ? "isHowlMuted" : "isHowlDown")]),
    ...(seat.noiseSuppressed ? [say("noiseSuppressed")] : []),
  ];
  return html`<li class="${presence === "on-stage" && !seat.away && aside !== true ? "" : "away"} ${seat.handUp === true ? "asks" : ""}">
      <div class="face" data-level=${id} aria-hidden="true">${[...name][0]?.toUpperCase()}</div>
      ${hasSound ? html`<div class="meter" data-level=${id} aria-hidden="true"><i></i></div>` : nothing}
      <strong><bdi>${name}</bdi>${own ? html` <span class="quiet">(${say("you")})</span>` : nothing}</strong>
      ${seat.interprets === undefined ? nothing : html`<span class="small">${sayInterpretation("interpreter", { language: languageName(seat.interprets, lang) })}</span>`}
      <span class="small quiet">${states.join(" · ")}</span>
      ${renderTalk(tile.talk)}
      ${renderPath(path)}
      ${mayMute && hasSound && !own && !seat.muted && !over ? html`<button @click=${() => send({ type: "mute", muted: true, seat: id })}>${say("muteThem", { name })}</button>` : nothing}
      ${mayMute && presence === "on-stage" && !over ? html`<button aria-pressed=${seat.noiseSuppressed} @click=${() => send({ type: "suppress-noise", seat: id, on: !seat.noiseSuppressed })}>${say("suppressNoise", { name })}</button>` : nothing}
      ${mayTakeAside && !own && seat.role === "speaker" && !over ? html`<button data-act="aside" @click=${() => onAside(id, aside !== true)}>${sayBackstage(aside === true ? "bringBack" : "takeAside", { name })}</button>` : nothing}</li>`;
}

function renderTalk(talk: TalkNow | undefined) {
  if (talk === undefined) return nothing;
  const { seconds, share, turns, longestTurn } = talk;
  return html`<span class="small talk" title=${say("talkTime")}><i style="--share:${share}"></i>${say("talked", { time: clock(seconds), percent: String(Math.round(share * 100)) })}<span class="quiet">${sayVoice("turnsNow", { turns: String(turns), longest: clock(longestTurn) })}</span></span>`;
}
