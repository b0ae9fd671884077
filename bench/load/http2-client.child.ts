import { connect } from "node:http2";
import type { Http2Order } from "./http2-swarm.ts";

/** How often what is due is opened. Milliseconds. */
const TICK_MS = 20;
let listening = 0;

function open({ port, path }: Http2Order): void {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on("error", () => {});
  const stream = session.request({ ":path": path });
  let heard = false;
  stream.on("data", () => {
    if (!heard) listening++;
    heard = true;
  });
  stream.on("error", () => {});
  stream.on("close", () => {
    if (heard) listening--;
    session.destroy();
  });
}

process.on("message", (order: Http2Order) => {
  const started = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.min(order.count, Math.ceil(((performance.now() - started) * order.perSecond) / 1000));
    for (; done < due; done++) open(order);
    if (done >= order.count) clearInterval(timer);
  }, TICK_MS);
  process.send?.(listening);
});
process.on("disconnect", () => process.exit(0));
