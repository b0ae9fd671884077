import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newSecret } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import { FRAME_MS } from "../core/units.ts";
import { type RelayServer, type SeatClaims, type SeatTokenResult, type StageManifest } from "../event/mod-live.ts";
import type { PathRecord } from "../wire/path-record.ts";
import { FLOOR_MAX, INTERPRETERS_MAX, isStageRole, type Role } from "../wire/room.ts";
import type { TalkRecord } from "../wire/talk-record.ts";
import { paths } from "../wire/paths.ts";
import { LEVELS_PER_SECOND } from "../wire/timed-metadata.ts";
import { type PlayableSound, Soundboard } from "./feed/soundboard.ts";
import { HowlGuard } from "./howl/howl-guard.ts";
import { FRAGMENT_RULES, parseIceFragment } from "./ice-fragment.ts";
import { Invitations } from "./invitations.ts";
import { Mixer, type PcmSource } from "./mixer.ts";
import { OFFER_RULES, type Offer, parseOffer } from "./offer.ts";
import { Room, type RoomOptions } from "./room.ts";
import { ProgrammePath } from "./path/programme-path.ts";
import { placeOf } from "./seat.ts";
import { SeatVoice } from "./seat-voice.ts";
import { Session } from "./session.ts";
import { LIMITER_DELAY } from "./sound/limiter.ts";
import { Master } from "./sound/master.ts";
import { RESAMPLER_DELAY } from "./sound/resampler.ts";
import { TalkTime } from "./talk/talk-time.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { StageTransport } from "./transport.ts";
import { bearer, created, DESCRIPTION, ENDED, NOTED, restarted, type WhipRequest, type WhipResponse, whipAct } from "./whip.ts";

/** Seats with sound behind the stage: two producers and one more who takes over. */
const MAX_OFF_AIR = 3;
/** Seats with sound by where they are heard. Control gives no more places than these. */
const GROUP_LIMITS = { floor: FLOOR_MAX, interpreters: INTERPRETERS_MAX, "off-air": MAX_OFF_AIR } as const;
/** Exchanges a seat may begin at once and per second; each opens sockets. A page that publishes again needs one. */
const EXCHANGES = { burst: 6, perSecond: 0.5 };
/** Fragments a seat may send at once and per second. A client that trickles sends one per candidate, a machine has about thirty. */
const FRAGMENTS = { burst: 40, perSecond: 2 };
const TICKS_PER_LEVELS = 1000 / LEVELS_PER_SECOND / FRAME_MS;
/** How often sessions are looked after. Ticks; 200 ms. */
const TICKS_PER_SUPERVISION = 10;

/** How often hosts are told what plays, while anything does. Ticks; 1 s. */
const TICKS_PER_SOUNDS = 1_000 / FRAME_MS;

/** How often everyone backstage is told who has talked how long, and how voices come in. Ticks; 2 s. */
const TICKS_PER_REPORT = 2_000 / FRAME_MS;

/** How much later a voice is in the programme than it was handed to the mix. Samples: what the resampler looks ahead, and the limiter. */
export const VOICE_DELAY = RESAMPLER_DELAY + LIMITER_DELAY;

/** What a stage is made of. */
export interface StageOptions
  extends Pick<
    RoomOptions,
    "phase" | "kept" | "keepsTracks" | "onTrack" | "onMark" | "onCaption" | "onAnnounce" | "onGoLive" | "onEnd" | "onModeration" | "onChange"
  > {
  readonly manifest: StageManifest;
  readonly transport: StageTransport;
  readonly verifyToken: (token: string) => SeatTokenResult;
  readonly clock: Clock;
  readonly log: Log;
  /** Somebody came on stage, which they were told means being recorded; `by`: who was told instead, of another's encoder. */
  readonly onConsent?: (seatId: string, role: Role, by: string) => void;
  /** The event's sound of this id; absent where there are none. */
  readonly findSound?: (id: string) => Promise<PlayableSound | undefined>;
  /** Whether streams may come from this machine or its own network. */
  readonly privateFeeds?: boolean;
  /** Whether voices have places between left and right; the programme then has two channels. */
  readonly stereo?: boolean;
  /** The list of sounds that play changed. */
  readonly onSounds?: () => void;
  /** A packet of a seat that is not muted is played: its sound begins `ahead` samples after the frame that is being mixed. @hot */
  readonly onVoice?: (seatId: string, packet: Uint8Array, ahead: number, quiet: boolean) => void;
  /** Relays an encoder may need, with credentials for a seat. */
  readonly relays?: (seatId: string) => readonly RelayServer[];
}

/** One event's stage: seats, media connections and the mix. Closed by the stage process. */
export class Stage {
  readonly room: Room;
  readonly #options: StageOptions;
  readonly #invitations: Invitations;
  readonly #mixer: Mixer;
  /** What the programme goes through last, and its meters. */
  readonly master = new Master();
  readonly talk = new TalkTime();
  /** The last hop of everybody's path; whoever encodes the programme lets it hear what comes out. */
  readonly programmePath = new ProgrammePath();
  readonly #howl: HowlGuard;
  /** Jingles, waiting music and streams. */
  readonly sounds: Soundboard;
  readonly #voices = new Map<string, SeatVoice>();
  readonly #sessions = new Map<string, Session>();
  /** The newest exchange of each seat: an older one that is answered later must not replace it. */
  readonly #newest = new Map<string, string>();
  readonly #exchanges = new Map<string, TokenBucket>();
  readonly #fragments = new Map<string, TokenBucket>();
  readonly #sides: readonly [Float32Array, Float32Array] | undefined;
  #ticks = 0;
  #closed = false;

  private constructor(options: StageOptions, mixer: Mixer) {
    this.#options = options;
    this.#invitations = new Invitations(options.manifest, options.verifyToken);
    this.#mixer = mixer;
    this.#sides = mixer.panorama === undefined ? undefined : [mixer.panorama.left, mixer.panorama.right];
    this.#seatAll(options.manifest);
    this.#howl = new HowlGuard((verdict) => {
      const { seatId, ...rest } = verdict;
      options.log.info("howl guard", { seat: seatId, ...rest });
      if (verdict.act !== "notch") this.room.changed();
      if (verdict.act === "mute")
        options.onModeration?.({ act: "mute", subject: seatId, by: "howl-guard", facts: `muted because of ${verdict.kind}`, automated: true });
    });
    this.sounds = new Soundboard({
      mixer,
      find: options.findSound ?? (async () => undefined),
      allowPrivate: options.privateFeeds ?? false,
      log: options.log,
      onChange: () => {
        this.room.sendSounds(this.sounds.playing);
        options.onSounds?.();
      },
    });
    this.room = new Room({
      ...options,
      title: () => this.#invitations.manifest.title,
      revision: () => this.#invitations.manifest.revision ?? 0,
      slug: options.manifest.slug,
      verifyToken: (token) => this.#invitations.verify(token),
      isConnected: (seatId) => this.#sessions.has(seatId),
      howlOf: (seatId) => this.#howl.now(seatId),
      onMute: (seatId, muted) => mixer.mute(seatId, muted),
      onForgive: (seatId) => {
        options.log.info("the host took back what the howl guard did", { seat: seatId });
        this.#howl.forgive(seatId);
      },
      onMicrophone: (seatId, settings) => this.#voice(seatId).path.tell(settings, options.clock.wallMs()),
      onPlaySound: (seatId, sound) => void this.#playSound(seatId, sound),
      onStopSound: (sound) => this.sounds.stop(sound),
      onSuppressNoise: (seatId, on) => void this.#suppressNoise(seatId, on),
      onGain: (seatId, gain) => mixer.setGain(seatId, gain),
      onChange: () => {
        if (options.phase().phase === "ended") {
          this.#closeSessions();
          this.sounds.stopAll();
        }
        options.onChange();
      },
    });
  }

  static async open(options: StageOptions): Promise<Stage> {
    return new Stage(options, await Mixer.open({ stereo: options.stereo ?? false }));
  }

  /** Takes over a newer manifest: seats that were taken away are silent before the next tick, new names and roles hold from now on. */
  setManifest(manifest: StageManifest): void {
    this.#invitations.setManifest(manifest);
    this.#seatAll(manifest);
    for (const { claims } of this.room.seats) {
      const { seatId } = claims;
      const renamed = this.#invitations.renamed(claims);
      this.#mixer.setLanguage(seatId, renamed.interprets);
      if (this.#invitations.isGone(claims)) {
        this.room.remove(seatId);
        this.#silence(seatId);
      } else {
        this.#move(claims, renamed);
        this.room.seat(renamed);
      }
    }
    this.room.changed();
  }

  /** Sets which languages are mixed beside the floor. BCP 47 tags. */
  setLanguages(languages: readonly string[]): void {
    this.#mixer.setLanguages(languages);
  }

  /** The newest frame of the programme in another language; undefined when it is not mixed. Valid until the next tick. */
  interpretation(language: string): Float32Array | undefined {
    return this.#mixer.interpretation(language)?.mix;
  }

  /** Adds a voice of the house (the Sound check's clip); it is heard from the next tick on. */
  async addHouseSource(name: string, source: PcmSource): Promise<void> {
    this.#mixer.add(name, { source, gain: 1, muted: false });
  }

  /** Left and right of the newest frame where the programme has two channels. Valid until the next tick. */
  get sides(): readonly [Float32Array, Float32Array] | undefined {
    return this.#sides;
  }

  /** Mixes one 20 ms frame into `programme`, with two channels their sum; sends return feeds and, ten times a second, levels. @hot */
  tick(programme: Float32Array): void {
    const live = this.#options.phase().phase === "live";
    for (const [seatId, voice] of this.#voices) {
      voice.offAir = !this.#mixer.isOnFloor(seatId);
      voice.counts = live && !voice.offAir && !this.#mixer.isMuted(seatId);
      voice.apart = this.#invitations.languageOf(seatId) !== undefined;
    }
    this.#mixer.tick(programme);
    this.#howl.advance(programme);
    if (this.#sides === undefined) this.master.apply(programme);
    else {
      const [left, right] = this.#sides;
      this.master.apply(left, right);
      for (let index = 0; index < programme.length; index++) programme[index] = ((left[index] as number) + (right[index] as number)) * Math.SQRT1_2;
    }
    if (live) this.talk.advance();
    this.#ticks++;
    if (this.#ticks % TICKS_PER_LEVELS === 0) this.room.sendLevels((seatId) => this.#mixer.level(seatId));
    if (this.#ticks % TICKS_PER_REPORT === 0) {
      if (live) this.room.sendTalk(this.talkRecord);
      this.room.sendPaths((seatId) => this.#voices.get(seatId)?.path.now, this.programmePath.now);
    }
    if (this.#ticks % TICKS_PER_SOUNDS === 0 && this.sounds.playing.length > 0) this.room.sendSounds(this.sounds.playing);
    if (this.#ticks % TICKS_PER_SUPERVISION === 0) this.#supervise();
  }

  /** Level of a seat or house source. dBFS. */
  level(name: string): number {
    return this.#mixer.level(name);
  }

  /** How every connected line does, by seat id; for metrics and evidence. */
  get lines(): ReadonlyMap<string, Session["figures"]> {
    return new Map([...this.#sessions].map(([seatId, session]) => [seatId, session.figures]));
  }

  /** Who talked when so far. */
  get talkRecord(): TalkRecord {
    return this.talk.record(
      (seatId) => this.#invitations.nameOf(seatId),
      (seatId) => this.#invitations.languageOf(seatId),
    );
  }

  /** How every voice came in so far. */
  get pathRecord(): PathRecord {
    const seats = [...this.#voices].flatMap(([seatId, { path, onRecord }]) => {
      if (!onRecord) return [];
      const record = path.record(seatId, this.#invitations.nameOf(seatId));
      const interprets = this.#invitations.languageOf(seatId);
      return record === undefined ? [] : [interprets === undefined ? record : { ...record, interprets }];
    });
    return { version: 1, writtenUnixMs: this.#options.clock.wallMs(), programme: this.programmePath.record, seats };
  }

  /** Takes up the talk record of an earlier run of this stage, which stood at `frame`. */
  restoreTalk(record: TalkRecord, frame: number): void {
    this.#invitations.remember(record.speakers);
    this.talk.restore(record, frame);
  }

  /** Takes up the path record of an earlier run of this stage. */
  restorePaths({ programme, seats, writtenUnixMs }: PathRecord): void {
    this.programmePath.restore(programme, writtenUnixMs);
    this.#invitations.remember(seats);
    for (const seat of seats) {
      const voice = this.#voice(seat.id);
      voice.onRecord = true;
      voice.path.restore(seat, writtenUnixMs);
    }
  }

  /** Return feeds encoded since the start. */
  get returnsEncoded(): number {
    return this.#mixer.encoded;
  }

  /** Answers a WHIP request. @throws `unauthorised`, `removed`, `forbidden`, `sdp-invalid`, `not-found`, `method-not-allowed`, `media-type`, `ice-fragment-invalid`, `precondition-required`, `precondition-failed`, `stage-full`, `event-ended`, `rate-limited`, `conflict`, `port-in-use`. */
  async whip(request: WhipRequest): Promise<WhipResponse> {
    const asked = whipAct(request);
    if (asked.act === "describe") return DESCRIPTION;
    const checked = this.#invitations.verify(bearer(request.authorization));
    if (!checked.ok) throw new EarshotError(checked.code === "seat-removed" ? "removed" : "unauthorised");
    const { claims } = checked;
    if (asked.act === "publish") return await this.#publish(claims, request.body);
    const session = this.#sessions.get(claims.seatId);
    if (session?.id !== asked.session) throw new EarshotError("not-found", { session: asked.session.slice(0, 80) });
    if (asked.act === "patch") return this.#patch(session, asked.etag, request.body);
    this.#newest.delete(claims.seatId);
    this.room.setPublishing(claims.seatId, "left");
    await this.#drop(session);
    return ENDED;
  }

  /** Candidates of the present ICE session, or a new session. The stage only answers checks, so candidates themselves tell it nothing. */
  #patch(session: Session, etag: string | undefined, body: string): WhipResponse {
    const parsed = parseIceFragment(body);
    if (!parsed.ok) throw new EarshotError("ice-fragment-invalid", { rule: FRAGMENT_RULES[parsed.code], offset: parsed.offset });
    this.#spend(this.#fragments, session.seatId, FRAGMENTS);
    const present = session.isPresentIce(parsed.fragment);
    if (etag !== undefined && (etag !== session.etag || !present)) throw new EarshotError("precondition-failed", { etag: session.etag });
    if (present) return NOTED;
    const fragment = session.restartIce(parsed.fragment);
    return restarted(session.etag, fragment);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#newest.clear();
    await Promise.all([...this.#sessions.values()].map((session) => this.#drop(session)));
    this.room.close();
    await this.sounds.close();
    this.#mixer.close();
  }

  #supervise(): void {
    const { clock } = this.#options;
    const nowMs = clock.steadyMs();
    for (const session of this.#sessions.values()) session.supervise(nowMs);
    this.sounds.advance();
    for (const [seatId, { path }] of this.#voices) path.advance(clock.wallMs(), this.#sessions.get(seatId)?.counters);
  }

  /** Gives places in the order of the invitations, so that everybody stands where they stood when the stage comes back after a kill. */
  #seatAll({ speakers }: StageManifest): void {
    for (const { id, role, interprets, aside } of speakers)
      if (isStageRole(role) && interprets === undefined && aside === undefined) this.#mixer.panorama?.placeOf(id);
  }

  /** Moves somebody with another role or task where they are heard now; who comes on stage comes muted, who may have no sound any more has none. */
  #move(before: SeatClaims, now: SeatClaims): void {
    const { seatId } = now;
    const place = placeOf(now);
    if (place === undefined) return this.#silence(seatId);
    if (place === placeOf(before)) return;
    if (place === "floor") this.room.hush(seatId);
    else this.talk.leave(seatId);
    this.#mixer.setPlace(seatId, place);
    if (place === "floor" && this.#sessions.has(seatId)) this.#options.onConsent?.(seatId, now.role, now.askedBy ?? seatId);
  }

  /** Ends a seat's sound before the next tick. */
  #silence(seatId: string): void {
    this.#newest.delete(seatId);
    const session = this.#sessions.get(seatId);
    if (session !== undefined) void this.#drop(session);
  }

  async #publish(claims: SeatClaims, body: string): Promise<WhipResponse> {
    const { seatId } = claims;
    if (placeOf(claims) === undefined) throw new EarshotError("forbidden", { act: "speak", role: claims.role });
    const parsed = parseOffer(body);
    if (!parsed.ok) throw new EarshotError("sdp-invalid", { rule: OFFER_RULES[parsed.code], offset: parsed.offset });
    this.#admit(claims);
    this.#invitations.setName(seatId, claims.name);
    const id = newSecret();
    this.#newest.set(seatId, id);
    let session: Session;
    try {
      session = await this.#openSession(id, seatId, parsed.offer);
    } catch (error) {
      if (this.#newest.get(seatId) === id && !this.#sessions.has(seatId)) this.#newest.delete(seatId);
      throw error;
    }
    if (this.#newest.get(seatId) !== id) {
      await session.close();
      throw new EarshotError("conflict", { rule: "the newest exchange of a seat", value: "an older one" });
    }
    // Somebody who was given another role or task while the line was made has it from the first frame on.
    const seat = this.room.seat(this.#invitations.renamed(claims));
    const place = placeOf(seat.claims);
    if (place === undefined || this.#invitations.isGone(claims)) {
      this.#newest.delete(seatId);
      await session.close();
      throw new EarshotError("forbidden", { act: "speak", role: seat.claims.role });
    }
    const before = this.#sessions.get(seatId);
    this.#sessions.set(seatId, session);
    const feed = session.takeFeed();
    const { onVoice } = this.#options;
    if (onVoice !== undefined)
      session.source.onPlayed = (packet, ahead, quiet) => {
        if (this.#mixer.isOnFloor(seatId) && !this.#mixer.isMuted(seatId)) onVoice(seatId, packet, ahead, quiet);
      };
    this.#mixer.add(seatId, {
      source: session.source,
      voice: this.#voice(seatId),
      gain: seat.gain,
      muted: seat.muted,
      language: seat.claims.interprets,
      place,
      ...(feed === undefined ? {} : { feed }),
    });
    this.room.setPublishing(seatId, session.flowing);
    // The green room says what joining means; of an encoder the API says it to whoever asks for its token.
    if (place === "floor") this.#options.onConsent?.(seatId, seat.claims.role, claims.askedBy ?? seatId);
    await before?.close();
    return created(paths.whipSession(this.#invitations.manifest.slug, id), session.etag, session.answer, this.#options.relays?.(seatId) ?? []);
  }

  /** @throws when this seat may not publish now. */
  #admit({ seatId, role }: SeatClaims): void {
    if (this.#closed || this.#options.phase().phase === "ended") throw new EarshotError("event-ended");
    const group = this.#groupOf(seatId, role);
    const limit = GROUP_LIMITS[group];
    const others = [...this.#newest.keys()].filter((id) => id !== seatId && this.#groupOf(id) === group);
    if (others.length >= limit) throw new EarshotError("stage-full", { limit });
    this.#spend(this.#exchanges, seatId, EXCHANGES);
  }

  #groupOf(seatId: string, role = this.#roleOf(seatId)): keyof typeof GROUP_LIMITS {
    if (this.#invitations.languageOf(seatId) !== undefined) return "interpreters";
    return isStageRole(role) ? "floor" : "off-air";
  }

  #roleOf(seatId: string): Role {
    return this.#invitations.roleOf(seatId) ?? this.room.seats.find(({ claims }) => claims.seatId === seatId)?.claims.role ?? "speaker";
  }

  /** @throws `rate-limited` when a seat asks more often than its budget allows. */
  #spend(buckets: Map<string, TokenBucket>, seatId: string, rate: typeof EXCHANGES): void {
    const nowMs = this.#options.clock.steadyMs();
    const bucket = buckets.get(seatId) ?? new TokenBucket({ ...rate, nowMs });
    buckets.set(seatId, bucket);
    if (!bucket.take(nowMs)) throw new EarshotError("rate-limited", { limit: rate.burst, retry_after_seconds: Math.ceil(1 / rate.perSecond) });
  }

  #openSession(id: string, seatId: string, offer: Offer): Promise<Session> {
    const { transport, clock } = this.#options;
    const isCurrent = () => this.#sessions.get(seatId)?.id === id;
    return Session.open({
      id,
      seatId,
      offer,
      transport,
      clock,
      onFlowing: (flowing) => {
        if (isCurrent()) this.room.setPublishing(seatId, flowing);
      },
      onLost: (reason) => {
        if (isCurrent()) this.room.askToPublish(seatId, reason);
      },
      onOver: () => {
        const session = this.#sessions.get(seatId);
        if (session === undefined || session.id !== id) return;
        if (this.#newest.get(seatId) === id) this.#newest.delete(seatId);
        void this.#drop(session);
      },
    });
  }

  #voice(seatId: string): SeatVoice {
    const known = this.#voices.get(seatId);
    if (known !== undefined) return known;
    const voice = new SeatVoice(seatId, this.talk, this.#howl.watch(seatId));
    this.#voices.set(seatId, voice);
    return voice;
  }

  async #suppressNoise(seatId: string, on: boolean): Promise<void> {
    const { log } = this.#options;
    log.info("the noise suppression of a voice was switched", { seat: seatId, on });
    try {
      await this.#voice(seatId).noise.set(on);
    } catch (cause) {
      log.warn("the noise suppression could not be loaded", { seat: seatId, reason: String(cause) });
      this.room.setNoiseSuppressed(seatId, false);
    }
  }

  async #playSound(seatId: string, sound: string): Promise<void> {
    try {
      if (this.#options.phase().phase === "ended") throw new EarshotError("event-ended");
      await this.sounds.play(sound);
    } catch (cause) {
      const code = cause instanceof EarshotError ? cause.code : "internal";
      this.#options.log.warn("a sound was not played", { seat: seatId, sound, cause });
      this.room.refuse(seatId, code);
    }
  }

  #closeSessions(): void {
    this.#newest.clear();
    for (const session of [...this.#sessions.values()]) void this.#drop(session);
  }

  async #drop(session: Session): Promise<void> {
    const { seatId } = session;
    if (this.#sessions.get(seatId) === session) {
      this.#sessions.delete(seatId);
      this.#mixer.remove(seatId);
      this.talk.leave(seatId);
      this.#voices.get(seatId)?.path.leave(this.#options.clock.wallMs());
      this.room.setPublishing(seatId, false);
    }
    await session.close().catch((cause: unknown) => this.#options.log.warn("a session did not close cleanly", { cause }));
  }
}
