import { BenchHouse, endStage, type StageChild } from "./recording/stage-child.ts";
import type { Bench } from "./harness.ts";
import { hasJanus, startJanus } from "./peers/janus.ts";
import { encodeConversation, type Tracks } from "./stage-rig/conversation.ts";
import { cpuSeconds, residentBytes } from "./load/process-cost.ts";
import { Speakers } from "./stage-rig/speakers.ts";

/** How many are on stage when it is full. */
const FULL = 13;
/** Time between the last join and the measurement, and its length. Seconds. */
const SETTLE_S = 6;
const WINDOW_S = 30;
const JANUS_PORT = 44_000;

/** What one set of speakers costs a server. */
interface Cost {
  readonly cpuPerSpeakerMinute: number;
  readonly cpuPerMinute: number;
  readonly rssMegabytes: number;
}

/** A full stage in a natural conversation, and with everybody talking at once, beside Janus' AudioBridge with the same speakers over the same kind of connection. */
export const bench: Bench = {
  name: "stage",
  rounds: 1,
  figures: {
    ratio_vs_janus: { unit: "our CPU / Janus', 13 in conversation, backstage as Janus is", target: { limit: 1, direction: "at most" } },
    ratio_vs_janus_all_talking: { unit: "the same with all 13 talking all the time", target: { limit: 1.5, direction: "at most" } },
    ratio_on_air_vs_janus: { unit: "on air: three encoders, archive and ledger besides" },
    cpu_s_per_speaker_minute_2: { unit: "CPU-s" },
    cpu_s_per_speaker_minute_5: { unit: "CPU-s" },
    cpu_s_per_speaker_minute_10: { unit: "CPU-s" },
    cpu_s_per_speaker_minute_13: { unit: "CPU-s" },
    janus_cpu_s_per_speaker_minute_13: { unit: "CPU-s" },
    idle_cpu_s_per_minute: { unit: "CPU-s of a room with nobody in it" },
    rss_mb: { unit: "MB with 13 on stage" },
    rss_mb_on_air: { unit: "MB with 13 on air" },
    janus_rss_mb: { unit: "MB" },
    returns_share: { unit: "share of the return packets that came back, 13 in conversation" },
    load_lag_ms: { unit: "ms the speakers' own beat was late at worst" },
  },
  async measure(progress) {
    if (!hasJanus()) throw new Error("this bench needs Janus (Debian package janus)");
    progress("encoding what 13 people say");
    const conversation = await encodeConversation(FULL, false);
    const everybody = await encodeConversation(FULL, true);
    const sizes: Record<string, number> = {};
    let lag = 0;
    const house = await BenchHouse.open("stage");
    try {
      const stage = await house.startStage();
      const idle = await window(stage.child.pid as number, 1);
      let full: (Cost & { readonly returns: number; readonly lag: number }) | undefined;
      for (const count of [2, 5, 10, FULL]) {
        progress(`${count} in conversation`);
        full = await ours(house, stage, conversation.slice(0, count));
        sizes[`cpu_s_per_speaker_minute_${count}`] = full.cpuPerSpeakerMinute;
        lag = Math.max(lag, full.lag);
      }
      progress("13 talking at once");
      const all = await ours(house, stage, everybody);
      progress("13 in conversation on air");
      await house.command(stage.url, "go-live");
      const onAir = await ours(house, stage, conversation);
      await endStage(stage, "SIGTERM");
      const janus = { conversation: await theirs(conversation, progress), everybody: await theirs(everybody, progress) };
      return {
        ratio_vs_janus: (full?.cpuPerMinute ?? Number.NaN) / janus.conversation.cpuPerMinute,
        ratio_vs_janus_all_talking: all.cpuPerMinute / janus.everybody.cpuPerMinute,
        ratio_on_air_vs_janus: onAir.cpuPerMinute / janus.conversation.cpuPerMinute,
        ...sizes,
        janus_cpu_s_per_speaker_minute_13: janus.conversation.cpuPerSpeakerMinute,
        idle_cpu_s_per_minute: idle.cpuPerMinute,
        rss_mb: full?.rssMegabytes ?? Number.NaN,
        rss_mb_on_air: onAir.rssMegabytes,
        janus_rss_mb: janus.conversation.rssMegabytes,
        returns_share: full?.returns ?? Number.NaN,
        load_lag_ms: lag,
      };
    } finally {
      await house.close();
    }
  },
};

async function ours(house: BenchHouse, stage: StageChild, tracks: Tracks): Promise<Cost & { readonly returns: number; readonly lag: number }> {
  const sessions: string[] = [];
  const speakers = await Speakers.open(tracks, async (offer, index) => {
    const { answer, session } = await house.publish(stage, index, offer);
    sessions.push(session);
    return answer;
  });
  try {
    return await measured(speakers, stage.child.pid as number, tracks.length);
  } finally {
    await speakers.close();
    for (const [index, session] of sessions.entries())
      await fetch(`${stage.url}${session}`, { method: "DELETE", headers: { authorization: `Bearer ${house.seat(index)}` } });
  }
}

async function theirs(tracks: Tracks, progress: (text: string) => void): Promise<Cost> {
  progress("the same with Janus");
  const janus = await startJanus({ port: JANUS_PORT });
  try {
    // Our rate, and Janus' own defaults in everything else.
    const room = await janus.createRoom({ samplingRate: 48_000 });
    const speakers = await Speakers.open(tracks, (offer) => room.joinWebRtc(offer));
    try {
      return await measured(speakers, janus.pid, tracks.length);
    } finally {
      await speakers.close();
    }
  } finally {
    await janus.stop();
  }
}

async function measured(speakers: Speakers, pid: number, count: number) {
  await sleep(SETTLE_S);
  const before = speakers.received.slice();
  const cost = await window(pid, count);
  const came = speakers.received.reduce((sum, received, index) => sum + received - (before[index] ?? 0), 0);
  return { ...cost, returns: came / (count * WINDOW_S * 50), lag: speakers.worstLagMs };
}

async function window(pid: number, count: number): Promise<Cost> {
  const before = cpuSeconds(pid);
  const startedAt = performance.now();
  await sleep(WINDOW_S);
  const cpuPerMinute = (cpuSeconds(pid) - before) / ((performance.now() - startedAt) / 60_000);
  return { cpuPerMinute, cpuPerSpeakerMinute: cpuPerMinute / count, rssMegabytes: residentBytes(pid) / 1e6 };
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
