import type { SeatClaims, SeatTokenResult, StageManifest } from "../event/mod-live.ts";
import type { Role } from "../wire/room.ts";

/** Who is invited to a stage, and as what: tokens say who somebody is, the newest manifest what holds for them now. */
export class Invitations {
  readonly #verifyToken: (token: string) => SeatTokenResult;
  #manifest: StageManifest;
  /** Name by seat of everybody who was here: who was removed since has still said what they said. */
  readonly #names = new Map<string, string>();
  /** Language by seat of those who interpret. */
  #interpreters: ReadonlyMap<string, string>;

  constructor(manifest: StageManifest, verifyToken: (token: string) => SeatTokenResult) {
    this.#verifyToken = verifyToken;
    this.#manifest = manifest;
    this.#interpreters = interpretersOf(manifest);
    this.#nameAll();
  }

  /** What control said last. */
  get manifest(): StageManifest {
    return this.#manifest;
  }

  /** Takes over a newer one. */
  setManifest(manifest: StageManifest): void {
    this.#manifest = manifest;
    this.#interpreters = interpretersOf(manifest);
    this.#nameAll();
  }

  /** Whose seat a token opens here, as they are invited now. */
  verify(token: string): SeatTokenResult {
    const checked = this.#verifyToken(token);
    if (!checked.ok) return checked;
    // The house signs seats of all its events with one key: a seat elsewhere is no seat here.
    if (checked.claims.eventId !== this.#manifest.eventId) return { ok: false, code: "token-forged" };
    if (this.isGone(checked.claims)) return { ok: false, code: "seat-removed" };
    return { ok: true, claims: this.renamed(checked.claims) };
  }

  /** Whether the seat was taken away, or its link renewed since this token was made. */
  isGone({ seatId, generation = 1 }: SeatClaims): boolean {
    return this.#manifest.removedSeats.includes(seatId) || generation < (this.#manifest.generations?.[seatId] ?? 1);
  }

  /** A token's claims with the name, role and task the host gave since. */
  renamed(claims: SeatClaims): SeatClaims {
    const known = this.#manifest.speakers.find(({ id }) => id === claims.seatId);
    if (known === undefined) return claims;
    const { interprets: _, aside: __, ...token } = claims;
    const { name, role, interprets, aside } = known;
    return { ...token, name, role, ...(interprets === undefined ? {} : { interprets }), ...(aside === undefined ? {} : { aside }) };
  }

  /** The role a seat is invited with; undefined for one the manifest does not name. */
  roleOf(seatId: string): Role | undefined {
    return this.#manifest.speakers.find(({ id }) => id === seatId)?.role;
  }

  /** The language a seat interprets into (BCP 47); undefined for all others. @hot */
  languageOf(seatId: string): string | undefined {
    return this.#interpreters.get(seatId);
  }

  /** What somebody is called, or was when they were here; their seat's id where nobody said. */
  nameOf(seatId: string): string {
    return this.#names.get(seatId) ?? seatId;
  }

  /** Notes what somebody who comes is called. */
  setName(seatId: string, name: string): void {
    this.#names.set(seatId, name);
  }

  /** Takes up names of an earlier run; whoever is still here may have a newer one. */
  remember(people: readonly { readonly id: string; readonly name: string }[]): void {
    for (const { id, name } of people) if (!this.#names.has(id)) this.#names.set(id, name);
  }

  #nameAll(): void {
    for (const { id, name } of this.#manifest.speakers) this.#names.set(id, name);
  }
}

function interpretersOf({ speakers }: StageManifest): ReadonlyMap<string, string> {
  return new Map(speakers.flatMap(({ id, interprets }) => (interprets === undefined ? [] : [[id, interprets] as const])));
}
