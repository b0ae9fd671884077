/** An opened microphone with its level. Closed by whoever opened it. */
export interface Microphone {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
  /** Level now. dBFS. */
  level(): number;
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
    close() {
      track.stop();
      void context.close();
    },
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
