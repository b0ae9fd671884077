import type { Bench } from "./harness.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { measureTls, TLS_FIGURES } from "./load/tls-contest.ts";

/** TLS alone, as the memory bench has it: in the process, by nginx in front, and none. */
export const bench: Bench = {
  name: "tls",
  rounds: 1,
  figures: TLS_FIGURES,
  async measure(progress) {
    const feed = await ProgrammeFeed.start();
    try {
      return await measureTls(feed, progress);
    } finally {
      feed.stop();
    }
  },
};
