import type { MicrophoneSettings } from "../../src/wire/path-record.ts";

/** Longest device name sent. UTF-16 units; the room takes no longer one. */
const NAME_LENGTH = 120;

/** An opened microphone with its level. Closed by whoever opened it. */
export interface Microphone {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
  /** Level now. dBFS. */
  level(): number;
  /** What it is, and what the browser does to it. */
  settings(): MicrophoneSettings;
  /** Calls back when the device or the system takes its sound away or gives it back. */
  watch(onChange: () => void): void;
  close(): void;
}

/** Opens a microphone for speech: one channel, 48 kHz, the browser's own echo cancellation, noise suppression and gain. @throws DOMException when the browser refuses. */
export async function openMicrophone(deviceId: string | undefined): Promise<Microphone> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
      channelCount: 1,
      sampleRate: 48_000,
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
    },
  });
  const track = stream.getAudioTracks()[0] as MediaStreamTrack;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    stream,
    track,
    level() {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const value of samples) sum += value * value;
      return 10 * Math.log10(sum / samples.length + 1e-10);
    },
    settings: () => settingsOf(track),
    watch(onChange) {
      for (const event of ["mute", "unmute", "ended"]) track.addEventListener(event, onChange);
    },
    close() {
      track.stop();
      void context.close();
    },
  };
}

function settingsOf(track: MediaStreamTrack): MicrophoneSettings {
  const { sampleRate, echoCancellation, noiseSuppression, autoGainControl } = track.getSettings();
  return {
    device: track.label.slice(0, NAME_LENGTH),
    ...(sampleRate === undefined ? {} : { sampleRate }),
    // Newer browsers name what echo cancellation may remove instead of saying that it is on.
    ...(echoCancellation === undefined ? {} : { echoCancellation: Boolean(echoCancellation) }),
    ...(noiseSuppression === undefined ? {} : { noiseSuppression }),
    ...(autoGainControl === undefined ? {} : { autoGainControl }),
    track: track.readyState === "ended" ? "ended" : track.muted ? "muted" : "live",
  };
}

/** Microphones to choose from; names are known once access was given. */
export async function listMicrophones(): Promise<MediaDeviceInfo[]> {
  return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "audioinput");
}

/** Records the stream for a while. Resolves to an address to play it from, which the caller revokes. */
export async function recordSample(stream: MediaStream, ms: number): Promise<string> {
  const recorder = new MediaRecorder(stream);
  const chunks: Blob[] = [];
  recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, ms));
  recorder.stop();
  await stopped;
  return URL.createObjectURL(new Blob(chunks, { type: recorder.mimeType }));
}
