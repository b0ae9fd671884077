import type { Page } from "playwright-core";

/** Starts recording what an audio element of the page plays; `expression` gives the element. Rate 48 kHz, mono. */
export async function startRecording(page: Page, expression: string): Promise<void> {
  await page.evaluate(`(async () => {
    const element = ${expression};
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const source = element.srcObject ? context.createMediaStreamSource(element.srcObject) : context.createMediaElementSource(element);
    const node = context.createScriptProcessor(4096, 1, 1);
    const blocks = [];
    node.onaudioprocess = (event) => { blocks.push(new Float32Array(event.inputBuffer.getChannelData(0))); };
    source.connect(node);
    node.connect(context.destination);
    if (!element.srcObject) source.connect(context.destination);
    window.recording = { blocks, context };
  })()`);
}

/** What was recorded since the start. Mono f32 at 48 kHz. */
export async function takeRecording(page: Page): Promise<Float32Array> {
  const base64 = (await page.evaluate(`(() => {
    const { blocks } = window.recording;
    const pcm = new Int16Array(blocks.length * 4096);
    for (let block = 0; block < blocks.length; block++)
      for (let at = 0; at < 4096; at++) pcm[block * 4096 + at] = Math.max(-32768, Math.min(32767, blocks[block][at] * 32768));
    return new Uint8Array(pcm.buffer).toBase64();
  })()`)) as string;
  const bytes = Buffer.from(base64, "base64");
  const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  // Not by from(), which takes a second for a minute.
  const recording = new Float32Array(pcm.length);
  for (let at = 0; at < pcm.length; at++) recording[at] = (pcm[at] as number) / 32768;
  return recording;
}
