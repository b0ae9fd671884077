import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { Stage } from "../stage.ts";
import { createWerift } from "./werift-transport.ts";

/** What a stage on loopback is opened with. */
export interface LoopbackOptions {
  readonly udpPorts: readonly [number, number];
  readonly singlePort?: boolean;
  readonly iceTcp?: boolean;
  readonly clock?: Clock;
}

/** A backstage stage on loopback with the real transport, where a token is the name of a seat. The caller closes it. */
export function openLoopbackStage({ udpPorts, singlePort = false, iceTcp = true, clock = systemClock }: LoopbackOptions): Promise<Stage> {
  return Stage.open({
    manifest: { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false },
    transport: createWerift({ udpPorts, singlePort, announce: [], loopback: true, iceTcp, log: silentLog }),
    verifyToken: (token) => ({ ok: true, claims: { eventId: "event", seatId: token, role: "speaker", name: token, expires: 0 } }),
    clock,
    log: silentLog,
    phase: () => ({ phase: "backstage" }),
    onGoLive: () => {},
    onEnd: () => {},
    onChange: () => {},
  });
}
