/** Time between two clicks. Seconds; well above any delay, so that each belongs to one sound. */
export const PERIOD_S = 0.73;

/** The sound among other voices: it rises, from one frequency to the other in 30 ms, which nobody's voice does. Hertz. */
const RISES = { from: 600, to: 2_400 };
/** How alike what is heard must be to the sound, whatever its phase: 0 to 1. Two voices at once give 0.4 now and then. */
const ALIKE = 0.6;

/** Two seats in one page, so that one audio clock times both ends; everything between them is real: encoder, network, stage, jitter buffers, decoder. `amongVoices`: the ear knows the sound from others that are heard with it. */
export const twoSeats = ({ amongVoices = false } = {}) => `<!doctype html><title>Two seats</title><script>
const WORKLETS = \`
const phase = (seconds) => ${RISES.from} * seconds + ${(RISES.to - RISES.from) / 0.03 / 2} * seconds * seconds;
// One sample of four is enough below 2.4 kHz.
const SLOW = 4, TAPS = 1440 / SLOW;
class Knowing extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new Float64Array(TAPS); this.at = 0; this.sum = 0; this.count = 0; this.best = 0; this.bestTime = 0;
    const shape = (turn) => Float64Array.from({ length: TAPS }, (_, tap) => (1 - tap / TAPS) * turn(2 * Math.PI * phase((tap + 0.5) * SLOW / sampleRate)));
    this.sine = shape(Math.sin); this.cosine = shape(Math.cos);
    this.norm = Math.sqrt(this.sine.reduce((sum, value) => sum + value * value, 0));
  }
  process([[input]]) {
    for (let at = 0; input && at < input.length; at++) {
      this.sum += input[at] / SLOW;
      if (++this.count % SLOW !== 0) continue;
      this.ring[this.at] = this.sum; this.sum = 0;
      this.at = (this.at + 1) % TAPS;
      let [re, im, energy] = [0, 0, 0];
      for (let tap = 0; tap < TAPS; tap++) {
        const value = this.ring[(this.at + tap) % TAPS];
        re += value * this.cosine[tap]; im += value * this.sine[tap]; energy += value * value;
      }
      const alike = Math.hypot(re, im) / (this.norm * Math.sqrt(energy) + 1e-6), time = currentTime + at / sampleRate;
      if (alike > ${ALIKE} && alike > this.best) { this.best = alike; this.bestTime = time; }
      // The best of a tenth of a second is the place.
      if (this.best > 0 && time > this.bestTime + 0.1) { this.port.postMessage(this.bestTime - 0.03); this.best = 0; }
    }
    return true;
  }
}
class Clicks extends AudioWorkletProcessor {
  constructor() { super(); this.next = 0; this.left = 0; this.port.onmessage = () => { this.next = currentTime + 0.5; }; }
  process(inputs, [[out]]) {
    for (let at = 0; at < out.length; at++) {
      const time = currentTime + at / sampleRate;
      if (this.next > 0 && time >= this.next) { this.next += ${PERIOD_S}; this.left = 1440; this.port.postMessage({ time, wall: Date.now() }); }
      // Loud at once, then falling: a click with a body, so that no codec takes it for noise.
      const since = (1440 - this.left) / sampleRate;
      out[at] = this.left > 0 ? 0.6 * (this.left / 1440) * Math.sin(2 * Math.PI * ${amongVoices ? "phase(since)" : "900 * since"}) : 0.002 * (Math.random() - 0.5);
      if (this.left > 0) this.left--;
    }
    return true;
  }
}
class Ear extends AudioWorkletProcessor {
  constructor() { super(); this.quietUntil = 0; }
  process([[input]]) {
    for (let at = 0; input && at < input.length; at++) {
      const time = currentTime + at / sampleRate;
      if (time < this.quietUntil || Math.abs(input[at]) < 0.05) continue;
      this.quietUntil = time + ${PERIOD_S / 2};
      this.port.postMessage(time);
    }
    return true;
  }
}
registerProcessor("clicks", Clicks); registerProcessor("ear", ${amongVoices ? "Knowing" : "Ear"});\`;
async function start() {
  window.context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([WORKLETS], { type: "text/javascript" })));
  window.spoken = []; window.heard = [];
  window.clicks = new AudioWorkletNode(context, "clicks", { numberOfInputs: 0, outputChannelCount: [1] });
  clicks.port.onmessage = ({ data }) => spoken.push(data);
  window.mouth = context.createMediaStreamDestination();
  clicks.connect(mouth);
  window.still = context.createMediaStreamDestination();
  // A quiet room: a line on which nothing comes at all gives its place back after a minute.
  const hush = context.createBufferSource();
  hush.buffer = context.createBuffer(1, 96000, 48000);
  hush.buffer.getChannelData(0).forEach((_, at, all) => (all[at] = 0.001 * (Math.random() - 0.5)));
  hush.loop = true;
  hush.connect(still);
  hush.start();
  window.peers = {};
  window.silence = context.createGain();
  silence.gain.value = 0;
  silence.connect(context.destination);
}
async function join(seat, stream) {
  peers[seat]?.close();
  const peer = peers[seat] = new RTCPeerConnection();
  peer.addTransceiver(stream.getAudioTracks()[0], { direction: "sendrecv" });
  peer.ontrack = ({ track }) => {
    // Chromium lets remote sound into a graph only while an element plays it.
    const element = new Audio(); element.srcObject = new MediaStream([track]); element.muted = true; void element.play();
    if (seat !== "ear") return;
    window.ear?.disconnect();
    window.ear = new AudioWorkletNode(context, "ear", { numberOfOutputs: 1 });
    ear.port.onmessage = ({ data }) => heard.push(data);
    context.createMediaStreamSource(element.srcObject).connect(ear);
    // Only what leads to the destination is worked out.
    ear.connect(silence);
  };
  await peer.setLocalDescription(await peer.createOffer());
  const answer = await fetch("/whip/" + seat, { method: "POST", body: peer.localDescription.sdp });
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}
</script>`;

/** How long after each sound that was `said` it was `got`, both in one clock with `toMs` milliseconds to its unit; sounds that were lost are left out. Milliseconds, sorted. */
export function delays(said: readonly number[], got: readonly number[], toMs: number): number[] {
  return said
    .flatMap((at) => {
      const time = got.find((each) => each >= at);
      return time === undefined || (time - at) * toMs > PERIOD_S * 900 ? [] : [(time - at) * toMs];
    })
    .sort((a, b) => a - b);
}
