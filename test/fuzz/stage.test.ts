import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import { FRAME_SAMPLES } from "../../src/core/units.ts";
import { mintSeatToken, verifySeatToken } from "../../src/event/mod.ts";
import { openReturnEncoder } from "../../src/stage/codecs.ts";
import { parseIceFragment } from "../../src/stage/ice-fragment.ts";
import { parseOffer } from "../../src/stage/offer.ts";
import { OpusSource } from "../../src/stage/opus-source.ts";
import { Room } from "../../src/stage/room.ts";
import { BROWSER_OFFER } from "../../src/stage/test-offers.ts";
import { readCheckUfrag } from "../../src/stage/werift/check-reader.ts";
import { TestSpeaker } from "../../src/stage/werift/test-speaker.ts";
import { createWerift } from "../../src/stage/werift/werift-transport.ts";
import { whipAct } from "../../src/stage/whip.ts";
import { EarshotError } from "../../src/core/errors.ts";
import { CASES, fuzz, random } from "./cases.ts";
import { mutateBytes, mutateText } from "./mutate.ts";

test("no SDP offer brings the stage down or holds it up", () => {
  fuzz(0.3, () => {
    const offer = mutateText(BROWSER_OFFER, random);
    return () => {
      const parsed = parseOffer(offer);
      if (!parsed.ok) assert.ok(parsed.offset >= 0 && parsed.offset <= offer.length);
      // What goes on to the component holds none of what was put in.
      else assert.match(parsed.offer.sdp, /^[\t\r\n\x20-\x7e]*$/);
    };
  });
});

test("no ICE fragment brings the stage down or holds it up", () => {
  const fragment =
    "a=group:BUNDLE 0\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host\r\na=end-of-candidates\r\n";
  fuzz(0.1, () => {
    const broken = mutateText(fragment, random);
    return () => {
      const parsed = parseIceFragment(broken);
      if (parsed.ok) assert.match(parsed.fragment.ufrag, /^[A-Za-z0-9+/]{4,256}$/);
      else assert.ok(parsed.offset >= 0 && parsed.offset <= broken.length);
    };
  });
});

test("no bytes lead the reader of checks past their end, and what it finds stands in them before a colon", () => {
  const ufrag = "e5a0f1d2";
  const head = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, (_, index) => index)];
  const priority = [0, 0x24, 0, 4, 110, 0, 30, 255];
  const check = Uint8Array.from([...head, ...priority, 0, 6, 0, 13, ...Buffer.from(`${ufrag}:EsAw`), 0, 0, 0, ...priority]);
  check[3] = check.length - head.length;
  assert.equal(readCheckUfrag(Buffer.from(check)), ufrag);
  fuzz(0.3, () => {
    const broken = Buffer.from(mutateBytes(check, random));
    return () => {
      const found = readCheckUfrag(broken);
      if (found !== undefined) assert.ok(found.length > 0 && found.length <= 32 && broken.includes(`${found}:`, 20, "latin1"), found);
    };
  });
});

test("no seat token is taken but one the house has signed", () => {
  const key = new Uint8Array(32).fill(7);
  const token = mintSeatToken({ eventId: "event", seatId: "ada", role: "speaker", name: "Ada", expires: 9e9 }, key);
  fuzz(0.1, () => {
    const broken = mutateText(token, random);
    return () => assert.ok(broken === token || !verifySeatToken(broken, key, 0).ok, broken);
  });
});

test("no message in the room brings it down, nor lets anybody do what they may not", () => {
  const messages = [
    { type: "hello", token: "t" },
    { type: "mute", muted: true, seat: "host" },
    { type: "go-live" },
    { type: "end" },
    { type: "forgive", seat: "host" },
    { type: "ping" },
    { type: "microphone", settings: { device: "Headset", sampleRate: 48_000, noiseSuppression: true, track: "live" } },
  ];
  const texts = messages.map((message) => JSON.stringify(message));
  const forbidden = () => assert.fail("a speaker may not do this");
  const makeRoom = () =>
    new Room({
      title: () => "Evening",
      slug: "evening",
      verifyToken: () => ({ ok: true, claims: { eventId: "event", seatId: "ada", role: "speaker", name: "Ada", expires: 9e9 } }),
      clock: { ...systemClock, sleep: () => new Promise(() => {}) },
      phase: () => ({ phase: "backstage" }),
      isConnected: () => false,
      howlOf: () => undefined,
      onMute: (seatId) => assert.equal(seatId, "ada"),
      onSuppressNoise: () => {},
      onGain: () => {},
      onForgive: forbidden,
      onMicrophone: (seatId, { device }) => assert.ok(seatId === "ada" && device.length <= 120),
      onPlaySound: () => {},
      onStopSound: () => {},
      onGoLive: forbidden,
      onEnd: forbidden,
      onChange: () => {},
    });
  fuzz(0.1, () => {
    const text = mutateText(texts[Math.floor(random() * texts.length)] ?? "", random);
    return () => {
      const page = makeRoom().join(
        () => {},
        () => {},
      );
      page.receive('{"type":"hello","token":"t"}');
      page.receive(text);
      page.closed();
    };
  });
});

test("no WHIP request is misread", () => {
  fuzz(0.05, () => {
    const request = {
      method: mutateText("POST", random),
      session: random() < 0.5 ? undefined : mutateText("abc", random),
      contentType: mutateText("application/sdp", random),
      authorization: mutateText("Bearer x", random),
      ifMatch: random() < 0.5 ? undefined : mutateText('"abc"', random),
      body: "",
    };
    return () => {
      try {
        whipAct(request);
      } catch (error) {
        assert.ok(error instanceof EarshotError);
      }
    };
  });
});

test("no RTP payload, timestamp or order of packets brings the voice's decoder down: what comes out is always sound", async () => {
  const encoder = await openReturnEncoder();
  encoder.repairs = true;
  const good = Uint8Array.from(encoder.encode(Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => 0.3 * Math.sin(index / 9))));
  encoder.close();
  let source = await OpusSource.open();
  const fresh = await Promise.all(Array.from({ length: 40 }, () => OpusSource.open()));
  const frame = new Float32Array(FRAME_SAMPLES);
  let sequenceNumber = 0;
  fuzz(0.3, (index) => {
    // A new voice now and then: a decoder that was led astray once must not hide the rest.
    if (index % 2_000 === 1_999) {
      source.close();
      source = fresh.pop() ?? source;
    }
    sequenceNumber = random() < 0.05 ? Math.floor(random() * 65_536) : (sequenceNumber + 1) % 65_536;
    const timestamp = random() < 0.05 ? Math.floor(random() * 2 ** 32) : (sequenceNumber * 960) % 2 ** 32;
    const payload = random() < 0.3 ? good : mutateBytes(good, random);
    return () => {
      source.put(sequenceNumber, timestamp, payload);
      source.pull(frame);
      assert.equal(frame.length, FRAME_SAMPLES);
    };
  });
  source.close();
  for (const left of fresh) left.close();
});

test("nothing a connected speaker sends instead of STUN, DTLS, RTP and RTCP brings the stage down: the next one is heard", { timeout: 120_000 }, async () => {
  const transport = createWerift({ udpPorts: [42_600, 42_640], announce: [], loopback: true, iceTcp: false, log: silentLog });
  const join = async () => {
    const speaker = await TestSpeaker.open(400);
    let heard = 0;
    const parsed = parseOffer(await speaker.offer());
    assert.ok(parsed.ok);
    const peer = await transport.accept(parsed.offer, { onArrival: () => true, onPacket: () => heard++, onGone: () => {} });
    await speaker.take(peer.answer);
    for (let tries = 0; tries < 500 && heard < 5; tries++) {
      speaker.speak();
      await systemClock.sleep(10);
    }
    assert.ok(heard >= 5, `${heard} packets heard`);
    return { speaker, peer };
  };
  const hostile = await join();
  const seeds = [
    Uint8Array.from([0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, () => 7), 0, 6, 0, 4, 65, 58, 65, 0]),
    Uint8Array.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 20, ...Array.from({ length: 20 }, (_, index) => index)]),
    Uint8Array.from([0x90, 96, 0, 1, 0, 0, 3, 192, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0x80, 0, 0, ...Array.from({ length: 60 }, (_, index) => index)]),
    Uint8Array.from([0x81, 200, 0, 12, 1, 2, 3, 4, ...Array.from({ length: 48 }, (_, index) => index)]),
  ];
  for (let index = 0; index < CASES * 0.05; index++) {
    await hostile.speaker.sendRaw(mutateBytes(seeds[index % seeds.length] as Uint8Array, random));
    // The kernel's buffer is small: what it drops was not tried.
    if (index % 64 === 63) await systemClock.sleep(1);
  }
  const next = await join();
  for (const { speaker, peer } of [hostile, next]) {
    await speaker.close();
    await peer.close();
  }
});
