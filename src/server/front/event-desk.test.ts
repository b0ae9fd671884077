import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { EventDesk } from "./event-desk.ts";
import { openStageDouble, until } from "./test-front.ts";

test("when another event takes an address, nobody reads the first one's bus any more", async () => {
  const [first, second] = [await openStageDouble(), await openStageDouble()];
  const desk = new EventDesk({ clock: systemClock, log: silentLog, older: () => () => Promise.resolve(undefined) });
  try {
    desk.setStages([{ eventId: "one", slug: "evening", url: first.url }]);
    const one = desk.get("evening")?.store;
    await until(() => one?.connected === true);
    desk.setStages([{ eventId: "two", slug: "evening", url: second.url }]);
    await until(() => desk.get("evening")?.store.connected === true);
    await until(() => one?.connected === false);
    first.publish(0, 2);
    second.publish(0, 4);
    await until(() => desk.get("evening")?.store.newest("mp3") === 3);
    assert.deepEqual([desk.get("evening")?.eventId, one?.newest("mp3")], ["two", -1]);
  } finally {
    desk.close();
    first.close();
    second.close();
  }
});
