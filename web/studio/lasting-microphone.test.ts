import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { LastingMicrophone } from "./lasting-microphone.ts";
import type { Microphone } from "./microphone.ts";

/** As much of a microphone as a page's talk needs, with what a system does to it. */
class Device {
  readonly track = Object.assign(new EventTarget(), { readyState: "live", muted: false, getSettings: () => ({ deviceId: this.id }) });
  closed = false;
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
  watch(onChange: () => void): void {
    for (const event of ["mute", "unmute", "ended"]) this.track.addEventListener(event, onChange);
  }
  close(): void {
    this.closed = true;
  }
  become(event: "mute" | "unmute" | "ended"): void {
    if (event === "ended") this.track.readyState = "ended";
    else this.track.muted = event === "mute";
    this.track.dispatchEvent(new Event(event));
  }
  get asMicrophone(): Microphone {
    return this as unknown as Microphone;
  }
}

let asked: (string | undefined)[] = [];
let answer: (deviceId: string | undefined) => Device = () => new Device("built-in");
let visible = true;
let wake = () => {};

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  [asked, visible, answer] = [[], true, () => new Device("built-in")];
});
afterEach(() => mock.timers.reset());

function talk(device = new Device("headset")) {
  const away: boolean[] = [];
  const lasting: LastingMicrophone = new LastingMicrophone(device.asMicrophone, {
    open: async (deviceId) => {
      asked.push(deviceId);
      return answer(deviceId).asMicrophone;
    },
    onChange: () => away.push(lasting.away),
    isVisible: () => visible,
    wakes: (onWake) => {
      wake = onWake;
      return () => (wake = () => {});
    },
  });
  return { device, lasting, away };
}
const pass = async (ms: number) => {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

test("a phone call mutes the microphone and gives it back: the page says both, and opens nothing", async () => {
  const { device, lasting, away } = talk();
  device.become("mute");
  await pass(3_000);
  device.become("unmute");
  await pass(60_000);
  assert.deepEqual([away, asked, lasting.current === device.asMicrophone], [[true, false], [], true]);
});

test("a phone call that ends the microphone: it is opened again as soon as the system lets it go, without a click", async () => {
  const { device, lasting, away } = talk();
  answer = () => {
    throw new DOMException("the call has it", "NotAllowedError");
  };
  device.become("ended");
  for (let second = 0; second < 30; second++) await pass(1_000);
  const during = asked.length;
  assert.ok(during >= 8 && during <= 31, `${during} attempts in half a minute`);
  assert.equal(lasting.away, true);
  answer = (deviceId) => new Device(deviceId ?? "built-in");
  await pass(2_000);
  assert.deepEqual([lasting.away, lasting.current.track.getSettings().deviceId, device.closed, away.at(-1)], [false, "headset", true, false]);
});

test("a microphone that stays mute after the call is opened anew, and only one that gives sound takes its place", async () => {
  const { device, lasting } = talk();
  const deaf = new Device("headset");
  deaf.track.muted = true;
  answer = () => deaf;
  device.become("mute");
  await pass(4_000);
  assert.deepEqual([deaf.closed, lasting.away], [true, true]);
  const whole = new Device("headset");
  answer = () => whole;
  await pass(4_000);
  assert.deepEqual([lasting.current === whole.asMicrophone, lasting.away, device.closed], [true, false, true]);
});

test("a hidden page waits until the person sees it again, then opens the microphone at once", async () => {
  const { device, lasting } = talk();
  visible = false;
  device.become("ended");
  for (let second = 0; second < 60; second++) await pass(1_000);
  assert.deepEqual(asked, []);
  visible = true;
  wake();
  await pass(100);
  assert.deepEqual([asked, lasting.away], [["headset"], false]);
});

test("a headset that is gone for good is replaced by the browser's own choice", async () => {
  const { device, lasting } = talk();
  answer = (deviceId) => {
    if (deviceId === "headset") throw new DOMException("no such device", "NotFoundError");
    return new Device("built-in");
  };
  device.become("ended");
  await pass(100);
  assert.deepEqual([asked, lasting.current.track.getSettings().deviceId], [["headset", undefined], "built-in"]);
});

test("after leaving the stage no microphone is opened, and one that comes late is closed", async () => {
  const { device, lasting } = talk();
  let late: Device | undefined;
  answer = () => {
    late = new Device("headset");
    return late;
  };
  device.become("ended");
  mock.timers.tick(100);
  lasting.close();
  await pass(60_000);
  assert.deepEqual([device.closed, late?.closed, asked.length], [true, true, 1]);
});
