import { EVENT, openFront, openStageDouble, until } from "../../src/server/front/test-front.ts";
import { PROXY } from "./newcomers.ts";

/** Steps of the ladder that are held: newcomers get times, budgets hold, nobody is kept out altogether. */
const HELD = ["no-near", "thrift", "no-replays", "slow-figure", "tickets", "waiting-page"] as const;

/** A real front with an event on air whose ladder is held high, so that two runs on one machine stand alike whatever else it does. */
export async function openHighFront(joinsPerSecond: number) {
  const stage = await openStageDouble();
  const house = await openFront({ trustedProxies: [PROXY], realTime: true, joinsPerSecond });
  const { door, desk } = house.front;
  door.does = (what) => (HELD as readonly string[]).includes(what);
  house.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  let next = 16;
  stage.publish(0, next);
  await until(() => desk.get(EVENT.slug)?.store.newest("mp3") === 15);
  await door.look();
  const timer = setInterval(() => stage.publish(next, ++next), 500);
  return {
    door: `${house.url}/live/${EVENT.slug}/door`,
    stream: `${house.url}/live/${EVENT.slug}/stream.mp4`,
    front: house.front,
    async close() {
      clearInterval(timer);
      await house.close();
      stage.close();
    },
  };
}
