import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newSecret } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import { FRAME_MS } from "../core/units.ts";
import type { SeatClaims, SeatTokenResult, StageManifest } from "../event/mod.ts";
import { paths } from "../wire/paths.ts";
import { LEVELS_PER_SECOND } from "../wire/timed-metadata.ts";
import { Mixer, type PcmSource } from "./mixer.ts";
import { checkOffer } from "./offer.ts";
import { OpusSource } from "./opus-source.ts";
import { Room, type RoomOptions } from "./room.ts";
import type { Peer, StageTransport } from "./transport.ts";

/** Seats with sound at one time: host, two co-hosts, ten speakers. */
export const MAX_ON_STAGE = 13;
/** Time from the answer to the first packet before the page is told to publish again. Milliseconds. */
const MEDIA_LIMIT_MS = 3_000;
const TICKS_PER_LEVELS = 1000 / LEVELS_PER_SECOND / FRAME_MS;

/** A WHIP request as the stage sees it, whatever carried it. @spec RFC 9725 §4 */
export interface WhipRequest {
  readonly method: string;
  /** Session part of the address, when there is one. */
  readonly session: string | undefined;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** The answer to a {@link WhipRequest}. */
export interface WhipResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a stage is made of. */
export interface StageOptions extends Pick<RoomOptions, "phase" | "onGoLive" | "onEnd" | "onChange"> {
  readonly manifest: StageManifest;
  readonly transport: StageTransport;
  readonly verifyToken: (token: string) => SeatTokenResult;
  readonly clock: Clock;
  readonly log: Log;
}

interface Session {
  readonly id: string;
  readonly seatId: string;
  readonly peer: Peer;
  readonly source: OpusSource;
}

/** One event's stage: seats, media connections and the mix. Closed by the stage process. */
export class Stage {
  readonly room: Room;
  readonly #options: StageOptions;
  readonly #mixer: Mixer;
  readonly #sessions = new Map<string, Session>();
  #ticks = 0;

  private constructor(options: StageOptions, mixer: Mixer) {
    this.#options = options;
    this.#mixer = mixer;
    this.room = new Room({
      ...options,
      title: options.manifest.title,
      slug: options.manifest.slug,
      onMute: (seatId, muted) => mixer.mute(seatId, muted),
    });
  }

  static async open(options: StageOptions): Promise<Stage> {
    return new Stage(options, await Mixer.open());
  }

  /** Adds a voice of the house (the Sound check's clip). */
  async addHouseSource(name: string, source: PcmSource): Promise<void> {
    await this.#mixer.add(name, source, false);
  }

  /** Mixes one 20 ms frame into `programme`, sends return feeds and, ten times a second, levels. @hot */
  tick(programme: Float32Array): void {
    this.#mixer.tick(programme);
    if (++this.#ticks % TICKS_PER_LEVELS === 0) this.room.sendLevels((seatId) => this.#mixer.level(seatId));
  }

  /** Level of a seat or house source. dBFS. */
  level(name: string): number {
    return this.#mixer.level(name);
  }

  /** Answers a WHIP request. @throws `unauthorised`, `sdp-invalid`, `not-found`, `method-not-allowed`, `media-type`, `stage-full`. */
  async whip(request: WhipRequest): Promise<WhipResponse> {
    const { method, session } = request;
    if (method === "OPTIONS") return { status: 204, headers: { "accept-post": "application/sdp", allow: "POST, DELETE, OPTIONS" }, body: "" };
    const claims = this.#authorise(request.authorization);
    if (method === "POST" && session === undefined) return await this.#publish(claims, request);
    if (method === "DELETE" && session !== undefined) {
      const found = this.#sessions.get(claims.seatId);
      if (found?.id !== session) throw new EarshotError("not-found", { session });
      await this.#drop(found);
      return { status: 200, headers: {}, body: "" };
    }
    throw new EarshotError("method-not-allowed", { method, allowed: "POST, DELETE, OPTIONS" });
  }

  async close(): Promise<void> {
    for (const session of [...this.#sessions.values()]) await this.#drop(session);
    this.#mixer.close();
  }

  #authorise(authorization: string | undefined): SeatClaims {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "";
    const checked = this.#options.verifyToken(token);
    if (!checked.ok || checked.claims.eventId !== this.#options.manifest.eventId) throw new EarshotError("unauthorised");
    return checked.claims;
  }

  async #publish(claims: SeatClaims, { contentType, body }: WhipRequest): Promise<WhipResponse> {
    if (contentType?.split(";")[0]?.trim() !== "application/sdp") throw new EarshotError("media-type", { rule: "application/sdp", value: contentType ?? "none" });
    const offer = checkOffer(body);
    if (!offer.ok) throw new EarshotError("sdp-invalid", { rule: offer.rule, value: offer.value });
    const { seatId } = claims;
    if (!this.#sessions.has(seatId) && this.#sessions.size >= MAX_ON_STAGE) throw new EarshotError("stage-full", { limit: MAX_ON_STAGE });
    const seat = this.room.seat(claims);
    const source = await OpusSource.open();
    const id = newSecret();
    let live = false;
    const isCurrent = () => this.#sessions.get(seatId)?.id === id;
    let peer: Peer;
    try {
      peer = await this.#options.transport.accept(body, {
        onPacket: (sequenceNumber, payload) => source.put(sequenceNumber, payload),
        onState: (state) => {
          live ||= state === "live";
          if (!isCurrent()) return;
          this.room.setPublishing(seatId, state === "live");
          if (state === "gone") this.room.askToPublish(seatId, "the sound stopped arriving");
        },
      });
    } catch (error) {
      source.close();
      throw error;
    }
    const before = this.#sessions.get(seatId);
    if (before !== undefined) await this.#drop(before);
    const session: Session = { id, seatId, peer, source };
    this.#sessions.set(seatId, session);
    await this.#mixer.add(seatId, source, seat.muted, offer.sendsOnly ? undefined : (packet) => peer.send(packet));
    if (live) this.room.setPublishing(seatId, true);
    // A handshake that lost its last flight hangs for good: the page is told instead of waiting.
    void this.#options.clock.sleep(MEDIA_LIMIT_MS).then(() => {
      if (!live && isCurrent()) this.room.askToPublish(seatId, "no sound arrived within three seconds");
    });
    return {
      status: 201,
      headers: { "content-type": "application/sdp", location: paths.whipSession(this.#options.manifest.slug, id), etag: `"${id}"` },
      body: peer.answer,
    };
  }

  async #drop(session: Session): Promise<void> {
    if (this.#sessions.get(session.seatId) === session) {
      this.#sessions.delete(session.seatId);
      this.#mixer.remove(session.seatId);
      this.room.setPublishing(session.seatId, false);
    }
    await session.peer.close();
    session.source.close();
  }
}
