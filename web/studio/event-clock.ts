import type { RoomMessage } from "../../src/wire/room.ts";
import { clock } from "../listen/time.ts";
import { sayBackstage } from "../words/backstage.ts";

type RoomState = Extract<RoomMessage, { type: "room" }>;

/** How far the event is, by the server's clock. */
export class EventClock {
  /** How far the server's clock is ahead of this machine's. Milliseconds. */
  offsetMs = 0;

  /** Where the event is now. Seconds since going live; 0 before. */
  seconds(room: RoomState | undefined): number {
    if (room?.originUnixMs === undefined) return 0;
    return Math.max(0, ((room.endedUnixMs ?? Date.now() + this.offsetMs) - room.originUnixMs) / 1000);
  }

  /** How long it has been on air, in words; empty when that is not known. `over`: this page stays out of it from now on. */
  elapsed(room: RoomState | undefined, over: boolean): string {
    if (room?.originUnixMs === undefined || (over && room.endedUnixMs === undefined)) return "";
    const seconds = Math.floor(this.seconds(room));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  /** What is left of the time that was planned, or how far it is overrun; empty while that says nothing. */
  remaining(room: RoomState | undefined, plannedMinutes: number | undefined): string {
    if (room?.phase !== "live" || plannedMinutes === undefined) return "";
    const left = Math.round(plannedMinutes * 60 - this.seconds(room));
    return sayBackstage(left >= 0 ? "left" : "over", { time: clock(Math.abs(left)) });
  }
}
