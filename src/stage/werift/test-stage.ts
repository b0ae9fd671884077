import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { Stage } from "../stage.ts";
import { createWerift } from "./werift-transport.ts";

/** A backstage stage on loopback with the real transport, where a token is the name of a seat. The caller closes it. */
export function openLoopbackStage({ udpPorts, iceTcp = true }: { readonly udpPorts: readonly [number, number]; readonly iceTcp?: boolean }): Promise<Stage> {
  return Stage.open({
    manifest: { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false },
    transport: createWerift({ udpPorts, announce: [], loopback: true, iceTcp, log: silentLog }),
    verifyToken: (token) => ({ ok: true, claims: { eventId: "event", seatId: token, role: "speaker", name: token, expires: 0 } }),
    clock: systemClock,
    log: silentLog,
    phase: () => ({ phase: "backstage" }),
    onGoLive: () => {},
    onEnd: () => {},
    onChange: () => {},
  });
}
