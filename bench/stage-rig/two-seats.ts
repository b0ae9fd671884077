/** Time between two clicks. Seconds; well above any delay, so that each belongs to one sound. */
export const PERIOD_S = 0.73;

/** Two seats in one page, so that one audio clock times both ends; everything between them is real: encoder, network, stage, jitter buffers, decoder. */
export const TWO_SEATS = `<!doctype html><title>Two seats</title><script>
const WORKLETS = \`
class Clicks extends AudioWorkletProcessor {
  constructor() { super(); this.next = 0; this.left = 0; this.port.onmessage = () => { this.next = currentTime + 0.5; }; }
  process(inputs, [[out]]) {
    for (let at = 0; at < out.length; at++) {
      const time = currentTime + at / sampleRate;
      if (this.next > 0 && time >= this.next) { this.next += ${PERIOD_S}; this.left = 1440; this.port.postMessage({ time, wall: Date.now() }); }
      // Loud at once, then falling: a click with a body, so that no codec takes it for noise.
      out[at] = this.left > 0 ? 0.6 * (this.left / 1440) * Math.sin(2 * Math.PI * 900 * (1440 - this.left) / sampleRate) : 0.002 * (Math.random() - 0.5);
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
registerProcessor("clicks", Clicks); registerProcessor("ear", Ear);\`;
async function start() {
  window.context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([WORKLETS], { type: "text/javascript" })));
  window.spoken = []; window.heard = [];
  window.clicks = new AudioWorkletNode(context, "clicks", { numberOfInputs: 0, outputChannelCount: [1] });
  clicks.port.onmessage = ({ data }) => spoken.push(data);
  window.mouth = context.createMediaStreamDestination();
  clicks.connect(mouth);
  window.still = context.createMediaStreamDestination();
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
