import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import type { SeatClaims } from "../event/mod.ts";
import { type HowlNow, ROLES, type Role, type RoomMessage, type RoomRequest, type RoomSeat } from "../wire/room.ts";
import { CHAT_LINES } from "./chat.ts";
import { Room } from "./room.ts";
import type { KeptSeat } from "./seat.ts";
import { StepClock } from "../core/step-clock.ts";

let clock: StepClock;
let room: Room;
let acts: string[];
let connected: Set<string>;
let howls: Map<string, HowlNow>;

beforeEach(() => {
  clock = new StepClock();
  acts = [];
  connected = new Set();
  howls = new Map();
  room = openRoom();
});

/** A room, as an earlier run of its stage left it. */
const openRoom = (kept: readonly KeptSeat[] = []) =>
  new Room({
    kept,
    title: () => "Evening",
    slug: "evening",
    verifyToken: (token) => {
      const [seatId = "", role = ""] = token.split("/");
      if (role === "") return { ok: false, code: "token-forged" };
      return { ok: true, claims: claimsOf(seatId, role as Role) };
    },
    clock,
    phase: () => ({ phase: "backstage" }),
    isConnected: (seatId) => connected.has(seatId),
    howlOf: (seatId) => howls.get(seatId),
    onMute: (seatId, muted) => acts.push(`${muted ? "mute" : "unmute"} ${seatId}`),
    onGain: () => {},
    onSuppressNoise: (seatId, on) => acts.push(`noise of ${seatId} ${on ? "out" : "in"}`),
    onForgive: (seatId) => acts.push(`forgive ${seatId}`),
    onMark: (title) => acts.push(`mark ${title}`),
    onCaption: (text, at) => acts.push(`caption ${text} ${at}`),
    onAnnounce: (text) => acts.push(`announce ${text}`),
    onMicrophone: (seatId, { device }) => acts.push(`${seatId} speaks into ${device}`),
    onPlaySound: (seatId, sound) => acts.push(`${seatId} plays ${sound}`),
    onStopSound: (sound) => acts.push(`stop ${sound}`),
    onGoLive: () => acts.push("go-live"),
    onEnd: () => acts.push("end"),
    onChange: () => {},
  });

const claimsOf = (seatId: string, role: Role): SeatClaims => ({ eventId: "event", seatId, role, name: seatId.toUpperCase(), expires: 0 });

/** A page in the room. */
function page(token?: string) {
  const heard: RoomMessage[] = [];
  let closed = false;
  const connection = room.join(
    (message) => heard.push(message),
    () => {
      closed = true;
      connection.closed();
    },
  );
  const say = (request: RoomRequest) => connection.receive(JSON.stringify(request));
  if (token !== undefined) say({ type: "hello", token });
  return {
    heard,
    say,
    connection,
    get closed() {
      return closed;
    },
    get errors() {
      return heard.flatMap((message) => (message.type === "error" ? [message.code] : []));
    },
    /** The newest roster, by seat id. */
    get seats(): Record<string, RoomSeat> {
      const roster = heard.findLast((message) => message.type === "room");
      return Object.fromEntries(roster?.type === "room" ? roster.seats.map((seat) => [seat.id, seat]) : []);
    },
  };
}

test("who says hello is welcomed and everybody sees them come and go", () => {
  const host = page("ada/host");
  assert.deepEqual(host.heard[0], {
    type: "welcome",
    seat: "ada",
    role: "host",
    title: "Evening",
    slug: "evening",
    publishing: false,
    serverUnixMs: 1_800_000_000_000,
  });
  const guest = page("ben/speaker");
  assert.equal(host.seats.ben?.presence, "backstage");
  room.setPublishing("ben", true);
  assert.equal(host.seats.ben?.presence, "on-stage");
  room.setPublishing("ben", "left");
  guest.connection.closed();
  assert.equal(host.seats.ben?.presence, "absent");
});

test("a speaker whose sound stops is reconnecting while the page or the line is still there", () => {
  const host = page("ada/host");
  const guest = page("ben/speaker");
  connected.add("ben");
  room.setPublishing("ben", true);
  room.setPublishing("ben", false);
  assert.equal(host.seats.ben?.presence, "reconnecting");
  guest.connection.closed();
  assert.equal(host.seats.ben?.presence, "reconnecting");
  connected.delete("ben");
  room.changed();
  assert.equal(host.seats.ben?.presence, "absent");
});

test("who says nothing for five seconds is sent away, who says hello stays", async () => {
  const [mute, host] = [page(), page("ada/host")];
  await clock.advance(4_999);
  assert.equal(mute.closed, false);
  await clock.advance(1);
  assert.deepEqual([mute.closed, host.closed], [true, false]);
});

test("a forged token ends the connection and makes no seat", () => {
  const stranger = page("forged");
  assert.deepEqual([stranger.errors, stranger.closed, room.seats.length], [["unauthorised"], true, 0]);
});

test("nobody acts before hello, and a page keeps the seat it said hello with", () => {
  const early = page();
  early.say({ type: "go-live" });
  assert.deepEqual([early.errors, acts], [["unauthorised"], []]);
  const guest = page("ben/speaker");
  guest.say({ type: "hello", token: "ada/host" });
  guest.say({ type: "go-live" });
  assert.deepEqual([guest.errors, acts], [["bad-request", "forbidden"], []]);
});

test("the newer page of a seat wins and the older one is told and can do nothing more", () => {
  const older = page("ada/host");
  const newer = page("ada/host");
  assert.deepEqual([older.errors, older.closed, newer.closed], [["seat-taken"], true, false]);
  older.say({ type: "go-live" });
  assert.deepEqual(acts, []);
  assert.equal(newer.seats.ada?.presence, "backstage", "the end of the older page does not empty the seat");
});

test("roles: host and co-host start, only the host ends, a speaker does neither", () => {
  for (const role of ["host", "co-host", "speaker"]) {
    const someone = page(`${role}/${role}`);
    someone.say({ type: "go-live" });
    someone.say({ type: "end" });
  }
  assert.deepEqual(acts, ["go-live", "end", "go-live"]);
});

test("a host may mute another but nobody unmutes another; everyone unmutes themselves", () => {
  const host = page("ada/host");
  const guest = page("ben/speaker");
  host.say({ type: "mute", muted: true, seat: "ben" });
  assert.deepEqual([host.seats.ben?.muted, host.seats.ben?.mutedBy], [true, "host"]);
  host.say({ type: "mute", muted: false, seat: "ben" });
  guest.say({ type: "mute", muted: true, seat: "ada" });
  host.say({ type: "mute", muted: true, seat: "nobody" });
  assert.deepEqual([host.errors, guest.errors], [["forbidden", "forbidden"], ["forbidden"]]);
  guest.say({ type: "mute", muted: false });
  assert.deepEqual(acts, ["mute ben", "unmute ben"]);
  assert.deepEqual([guest.seats.ben?.muted, guest.seats.ben?.mutedBy], [false, "none"]);
});

test("a host has the noise taken out of a voice, everybody sees it, and it stays so for a page that comes back; a speaker may not", () => {
  const host = page("ada/host");
  const guest = page("ben/speaker");
  host.say({ type: "suppress-noise", seat: "ben", on: true });
  assert.equal(guest.seats.ben?.noiseSuppressed, true);
  assert.equal(page("ben/speaker").seats.ben?.noiseSuppressed, true);
  host.say({ type: "suppress-noise", seat: "ben", on: false });
  host.say({ type: "suppress-noise", seat: "nobody", on: true });
  const other = page("cleo/speaker");
  other.say({ type: "suppress-noise", seat: "cleo", on: true });
  assert.deepEqual([host.errors, other.errors, acts], [["forbidden"], ["forbidden"], ["noise of ben out", "noise of ben in"]]);
});

test("mute and gain belong to the seat: a page that comes back finds them", () => {
  page("ben/speaker").say({ type: "mute", muted: true });
  room.setGain("ben", 0.5);
  const again = page("ben/speaker");
  assert.equal(again.seats.ben?.muted, true);
  assert.equal(room.seat(claimsOf("ben", "speaker")).gain, 0.5);
});

test("more than forty messages at once end the connection; twenty a second are fine for ever", async () => {
  const steady = page("ada/host");
  for (let second = 0; second < 30; second++) {
    await clock.advance(1_000);
    for (let count = 0; count < 20; count++) steady.say({ type: "ping" });
  }
  assert.deepEqual(steady.errors, []);
  for (let count = 0; count < 41; count++) steady.say({ type: "ping" });
  assert.deepEqual([steady.errors, steady.closed], [["rate-limited"], true]);
});

test("a message over the limit ends the connection, one that is nonsense is answered", () => {
  const host = page("ada/host");
  for (const text of ["", "{", "[]", "null", '"hello"', '{"type":"fly"}', '{"type":"mute"}', '{"type":"mute","muted":"yes"}']) host.connection.receive(text);
  assert.deepEqual(new Set(host.errors), new Set(["bad-request"]));
  host.connection.receive(JSON.stringify({ type: "ping", padding: "x".repeat(17_000) }));
  assert.equal(host.closed, true);
});

test("levels go to the pages in the room, only for seats that sound", () => {
  const host = page("ada/host");
  page("ben/speaker");
  const outside = page();
  room.setPublishing("ben", true);
  room.sendLevels(() => -23.4);
  assert.deepEqual(host.heard.at(-1), { type: "levels", levels: { ben: -23 } });
  assert.equal(outside.heard.length, 0);
});

test("no sequence of requests lets a speaker act beyond their role or unmute another", () => {
  const request = fc.oneof(
    fc.record({ type: fc.constant("mute" as const), muted: fc.boolean(), seat: fc.constantFrom(...ROLES, "other") }),
    fc.record({ type: fc.constant("mute" as const), muted: fc.boolean() }),
    fc.record({ type: fc.constantFrom("go-live" as const, "end" as const, "ping" as const) }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...ROLES), request), { maxLength: 30 }), (steps) => {
      const pages = Object.fromEntries(ROLES.map((role) => [role, page(`${role}/${role}`)])) as Record<Role, ReturnType<typeof page>>;
      for (const [role, what] of steps) {
        acts.length = 0;
        const before = Object.fromEntries(room.seats.map((seat) => [seat.claims.seatId, seat.muted]));
        pages[role].say(what);
        if (acts.includes("end")) assert.equal(role, "host");
        if (acts.includes("go-live")) assert.ok(role === "host" || role === "co-host", role);
        for (const seat of room.seats) {
          const { seatId } = seat.claims;
          if (before[seatId] && !seat.muted) assert.equal(seatId, role, "only oneself");
          if (!before[seatId] && seat.muted && (role === "speaker" || role === "captioner")) assert.equal(seatId, role);
        }
      }
    }),
  );
});

test("a host or co-host begins a chapter, with a title or without; a speaker may not", () => {
  const host = page("ada/host");
  const speaker = page("bruno/speaker");
  host.say({ type: "mark-chapter", title: "  Questions " });
  page("cleo/co-host").connection.receive('{"type":"mark-chapter"}');
  speaker.say({ type: "mark-chapter", title: "Mine" });
  host.connection.receive(JSON.stringify({ type: "mark-chapter", title: "x".repeat(81) }));
  assert.deepEqual(acts, ["mark Questions", "mark "]);
  assert.deepEqual([speaker.errors, host.errors], [["forbidden"], ["bad-request"]]);
  room.sendChapter({ startTime: 12.5, title: "Questions" });
  assert.deepEqual(speaker.heard.at(-1), { type: "chapter", startTime: 12.5, title: "Questions" });
});

test("hosts hear how every voice comes in, a speaker only of their own; a page tells of its own microphone only", () => {
  const [host, ben, cleo] = [page("ada/host"), page("ben/speaker"), page("cleo/speaker")];
  const path = { verdict: "voice", findings: [] } as const;
  room.sendPaths((seatId) => (seatId === "cleo" ? undefined : path), undefined);
  const heard = (who: typeof host) => who.heard.flatMap((message) => (message.type === "paths" ? [Object.keys(message.paths)] : []));
  assert.deepEqual([heard(host), heard(ben), heard(cleo)], [[["ada", "ben"]], [["ben"]], []]);
  ben.say({ type: "microphone", settings: { device: "Headset", sampleRate: 16_000, track: "live" } });
  assert.deepEqual(acts, ["ben speaks into Headset"]);
  ben.say({ type: "microphone", settings: { device: "x".repeat(121) } });
  assert.deepEqual(ben.errors, ["bad-request"]);
});

test("a speaker whose microphone a phone call takes is away for everybody, also while their page sleeps, until the page says it is back", () => {
  const [host, ben] = [page("ada/host"), page("ben/speaker")];
  room.setPublishing("ben", true);
  ben.say({ type: "microphone", settings: { device: "Phone", track: "muted" } });
  assert.deepEqual([host.seats.ben?.presence, host.seats.ben?.away], ["on-stage", true]);
  connected.add("ben");
  ben.connection.closed();
  room.setPublishing("ben", false);
  assert.deepEqual([host.seats.ben?.presence, host.seats.ben?.away], ["reconnecting", true]);
  const back = page("ben/speaker");
  room.setPublishing("ben", true);
  back.say({ type: "microphone", settings: { device: "Phone", track: "live" } });
  assert.deepEqual([host.seats.ben?.presence, host.seats.ben?.away], ["on-stage", false]);
});

test("what the howl guard does to a voice is seen by everybody, also on pages that come later, while that voice has sound", () => {
  const ben = page("ben/speaker");
  const muted = { kind: "tonal-loop", act: "mute" } as const;
  howls.set("ben", muted);
  room.setPublishing("ben", true);
  const later = page("eve/co-host");
  ben.connection.closed();
  const back = page("ben/speaker");
  for (const { seats } of [later, back]) assert.deepEqual(seats.ben?.howl, muted);
  room.setPublishing("ben", "left");
  assert.equal(later.seats.ben?.howl, undefined, "without sound there is nothing to hold down");
  room.setPublishing("ben", true);
  assert.deepEqual(later.seats.ben?.howl, muted);
  howls.delete("ben");
  room.changed();
  for (const { seats } of [later, back]) assert.equal(seats.ben?.howl, undefined);
});

test("who leaves the stage during a call is not away but gone", () => {
  const [host, ben] = [page("ada/host"), page("ben/speaker")];
  room.setPublishing("ben", true);
  ben.say({ type: "microphone", settings: { device: "Phone", track: "ended" } });
  room.setPublishing("ben", "left");
  ben.connection.closed();
  assert.deepEqual([host.seats.ben?.presence, host.seats.ben?.away], ["absent", false]);
});

test("host and co-host play and stop sounds and see what plays, also when their page comes later; a speaker does neither", () => {
  const sound = "0193e2a0-0000-7000-8000-000000000001";
  const host = page("ada/host");
  const coHost = page("eve/co-host");
  const speaker = page("bob/speaker");
  host.say({ type: "play-sound", sound });
  coHost.say({ type: "stop-sound", sound });
  speaker.say({ type: "play-sound", sound });
  speaker.say({ type: "stop-sound", sound });
  assert.deepEqual(acts, [`ada plays ${sound}`, `stop ${sound}`]);
  const sounds = [{ id: sound, name: "Jingle", state: "playing" as const, loop: false, elapsedSeconds: 1, remainingSeconds: 2 }];
  room.sendSounds(sounds);
  const told = ({ heard }: { heard: readonly RoomMessage[] }) => heard.filter(({ type }) => type === "sounds").at(-1);
  assert.deepEqual(told(host), { type: "sounds", sounds });
  assert.deepEqual(told(page("ada/host")), { type: "sounds", sounds });
  assert.equal(told(speaker), undefined);
  room.refuse("ada", "sounds-full");
  assert.ok(speaker.heard.filter(({ type }) => type === "error").length === 2);
});

test("a captioner's lines go on, a speaker's do not; who may announce tells all listeners, an empty line takes it away", () => {
  const [captioner, producer, moderator, speaker] = [page("carla/captioner"), page("paul/producer"), page("mia/moderator"), page("ben/speaker")];
  captioner.say({ type: "caption", text: " Good evening. ", at: 4.2 });
  producer.say({ type: "caption", text: "Applause" });
  speaker.say({ type: "caption", text: "Mine" });
  moderator.say({ type: "announce", text: "We go on at nine." });
  producer.say({ type: "announce", text: "" });
  captioner.say({ type: "announce", text: "Mine" });
  captioner.connection.receive(JSON.stringify({ type: "caption", text: "two\nlines" }));
  captioner.connection.receive(JSON.stringify({ type: "caption", text: "x".repeat(121) }));
  assert.deepEqual(acts, ["caption Good evening. 4.2", "caption Applause undefined", "announce We go on at nine.", "announce "]);
  assert.deepEqual([captioner.errors, speaker.errors], [["forbidden", "bad-request", "bad-request"], ["forbidden"]]);
});

test("those backstage write to each other; who comes later reads the latest hundred lines, and nothing else is kept", async () => {
  const [host, moderator] = [page("ada/host"), page("mia/moderator")];
  for (let line = 0; line < CHAT_LINES + 20; line++) {
    moderator.say({ type: "chat", text: `line ${line}` });
    await clock.advance(60);
  }
  const heard = (who: typeof host) => who.heard.flatMap((message) => (message.type === "chat" ? message.lines : []));
  assert.deepEqual(heard(host).at(-1), { from: "mia", name: "MIA", text: "line 119", atUnixMs: 1_800_000_000_000 + 119 * 60 });
  const late = heard(page("ben/speaker"));
  assert.deepEqual([late.length, late[0]?.text], [CHAT_LINES, "line 20"]);
  assert.equal(heard(page()).length, 0, "nothing before hello");
  host.connection.receive(JSON.stringify({ type: "chat", text: "x".repeat(501) }));
  assert.deepEqual(host.errors, ["bad-request"]);
});

test("who is taken aside talks at once, because only the producer hears; on the way to the stage they are muted, and only they unmute", () => {
  const host = page("ada/host");
  const claims: SeatClaims = { ...claimsOf("eve", "speaker"), arrivesMuted: true };
  room.seat({ ...claims, aside: true });
  room.changed();
  assert.deepEqual([host.seats.eve?.aside, host.seats.eve?.muted], [true, false]);
  room.hush("eve");
  room.seat(claims);
  room.changed();
  assert.deepEqual([host.seats.eve?.aside, host.seats.eve?.muted, host.seats.eve?.mutedBy], [undefined, true, "self"]);
  host.say({ type: "mute", muted: false, seat: "eve" });
  assert.deepEqual([host.errors, host.seats.eve?.muted], [["forbidden"], true]);
  assert.deepEqual(acts, ["mute eve"]);
});

test("who asks for the floor is seen by everybody until they have it, take it back or leave", () => {
  const [host, ben] = [page("ada/host"), page("ben/speaker")];
  ben.say({ type: "hand", up: true });
  assert.equal(host.seats.ben?.handUp, true);
  ben.say({ type: "hand", up: false });
  assert.equal(host.seats.ben?.handUp, undefined);
  ben.say({ type: "hand", up: true });
  ben.connection.closed();
  assert.equal(host.seats.ben?.handUp, undefined);
});

test("after the stage was away everybody is as muted as before, and by whom; who was brought on stage meanwhile is muted", () => {
  const open = { muted: false, mutedBy: "none", noiseSuppressed: false, onFloor: true } as const;
  const kept: readonly KeptSeat[] = [
    { ...open, id: "ada", muted: true, mutedBy: "host" },
    { ...open, id: "ben", noiseSuppressed: true },
    { ...open, id: "cyd", onFloor: false },
    { ...open, id: "dan", onFloor: false },
    { ...open, id: "eve" },
  ];
  room = openRoom(kept);
  const guest: SeatClaims = { ...claimsOf("eve", "speaker"), arrivesMuted: true };
  assert.deepEqual([room.seat(guest).muted, room.seat(guest).mutedBy], [false, "none"], "a guest who had unmuted is on air without a click");
  assert.deepEqual(new Set(room.kept), new Set(kept), "whoever is not back yet is forgotten by no second kill");
  const pages = [page("ada/speaker"), page("ben/speaker"), page("cyd/speaker"), page("dan/producer")];
  pages[0]?.say({ type: "mute", muted: true });
  const seats = page("host/host").seats;
  const mutes = Object.fromEntries(Object.values(seats).map(({ id, muted, mutedBy }) => [id, muted ? mutedBy : "open"]));
  assert.deepEqual(mutes, { ada: "host", ben: "open", cyd: "self", dan: "open", eve: "open", host: "open" });
  assert.deepEqual(acts, ["noise of ben out"]);
  assert.equal(seats.ben?.noiseSuppressed, true);
  room.remove("ada");
  assert.ok(room.kept.every(({ id }) => id !== "ada"));
});
