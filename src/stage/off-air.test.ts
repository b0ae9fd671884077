import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_MS, FRAME_SAMPLES } from "../core/units.ts";
import { openDecoder, openReturnEncoder } from "./codecs.ts";
import { Mixer, type Place } from "./mixer.ts";
import { toneLevel } from "./test-tone.ts";

/** The tone each person talks with. Hertz. */
const TONES = { host: 400, guest: 1_000, producer: 2_000, second: 3_000 } as const;
type Name = keyof typeof TONES;
/** A tone this loud in what somebody hears is heard, below -45 it is not. dBFS; Opus leaves a little of everything. */
const HEARD = -30;

/** A mixer in which everybody talks all the time, and what each of them and the listeners hear. */
async function open(places: Readonly<Partial<Record<Name, Place>>>) {
  const mixer = await Mixer.open();
  const sent = new Map<Name, Uint8Array[]>();
  for (const [name, place] of Object.entries(places) as [Name, Place][]) {
    let at = 0;
    const source = {
      pull(out: Float32Array) {
        for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = 0.2 * Math.sin((2 * Math.PI * TONES[name] * at++) / 48_000);
      },
    };
    const packets: Uint8Array[] = [];
    sent.set(name, packets);
    mixer.add(name, {
      source,
      gain: 1,
      muted: false,
      place,
      feed: { encoder: await openReturnEncoder(), send: (packet) => packets.push(packet.slice()), lossy: false },
    });
  }
  const programme = new Float32Array(FRAME_SAMPLES);
  /** The loudest that each tone ever was in the programme so far. dBFS. */
  const loudest: Record<Name, number> = { host: -99, guest: -99, producer: -99, second: -99 };
  const run = (ms: number) => {
    for (let at = 0; at < ms; at += FRAME_MS) {
      mixer.tick(programme);
      for (const name of Object.keys(TONES) as Name[]) loudest[name] = Math.max(loudest[name], toneLevel(programme, TONES[name]));
    }
  };
  /** Whom somebody hears now. */
  const hears = async (name: Name): Promise<readonly string[]> => {
    const decoder = await openDecoder();
    let last = new Float32Array(FRAME_SAMPLES);
    for (const packet of sent.get(name)?.slice(-25) ?? []) last = new Float32Array(decoder.decodeFloat(packet));
    decoder.free();
    return (Object.keys(TONES) as Name[]).filter((other) => toneLevel(last, TONES[other]) > HEARD);
  };
  return { mixer, programme, loudest, run, hears };
}

test("a producer hears the stage and the other producer, never themselves; no listener and nobody on stage hears a producer", async () => {
  const { mixer, loudest, run, hears } = await open({ host: "floor", guest: "floor", producer: "off-air", second: "off-air" });
  run(1_000);
  assert.deepEqual(await hears("producer"), ["host", "guest", "second"]);
  assert.deepEqual(await hears("second"), ["host", "guest", "producer"]);
  assert.deepEqual(await hears("host"), ["guest"]);
  assert.ok(loudest.producer < -80 && loudest.second < -80, `${loudest.producer}, ${loudest.second} dB in the programme`);
  mixer.close();
});

test("while somebody is taken aside they and the producer hear each other and nothing else; nobody else hears either", async () => {
  const { mixer, loudest, run, hears } = await open({ host: "floor", guest: "aside", producer: "off-air" });
  run(1_000);
  assert.deepEqual(await hears("guest"), ["producer"]);
  assert.deepEqual(await hears("producer"), ["guest"]);
  assert.deepEqual(await hears("host"), []);
  assert.ok(loudest.guest < -80 && loudest.producer < -80, `${loudest.guest}, ${loudest.producer} dB in the programme`);
  mixer.remove("guest");
  run(1_000);
  assert.deepEqual(await hears("producer"), ["host"], "the talk is over: the producer hears the stage again");
  mixer.close();
});

test("somebody in the middle of a word who is put on stage muted lets not one sample of it through", async () => {
  const { mixer, loudest, run, hears } = await open({ host: "floor", guest: "aside", producer: "off-air" });
  run(500);
  mixer.mute("guest", true);
  mixer.setPlace("guest", "floor");
  run(500);
  assert.ok(loudest.guest < -80, `${loudest.guest} dB in the programme`);
  assert.deepEqual(await hears("guest"), ["host"], "on stage they hear the stage, and the producer no more");
  mixer.mute("guest", false);
  run(500);
  assert.ok(loudest.guest > -20, "heard after they unmuted");
  mixer.close();
});

test("a speaker who is taken off the air is gone from the programme with the next frame", async () => {
  const { mixer, programme, run, hears } = await open({ host: "floor", guest: "floor", producer: "off-air" });
  run(500);
  assert.ok(toneLevel(programme, TONES.guest) > -20);
  mixer.setPlace("guest", "aside");
  mixer.tick(programme);
  assert.ok(toneLevel(programme, TONES.guest) < -80, `${toneLevel(programme, TONES.guest)} dB`);
  assert.deepEqual([mixer.isOnFloor("host"), mixer.isOnFloor("guest"), mixer.isOnFloor("nobody")], [true, false, false]);
  run(500);
  assert.deepEqual(await hears("guest"), ["producer"]);
  mixer.close();
});
