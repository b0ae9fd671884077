import { systemClock } from "../../src/core/clock.ts";
import { startFrameClock } from "../../src/server/stage/frame-clock.ts";
import { openFront } from "../../src/server/front/test-front.ts";

// The control: a stage's heartbeat in the same process as a front, which is what Earshot does not do.
const house = await openFront({ trustedProxies: [], realTime: true, joinsPerSecond: 200 });
const clock = startFrameClock({ clock: systemClock, startedAt: systemClock.steadyMs(), onFrame: () => {}, onStall: () => {} });
process.on("message", () => process.send?.({ late: clock.lateFrames }));
process.on("disconnect", () => process.exit(0));
process.send?.({ url: house.url });
