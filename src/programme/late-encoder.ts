import type { EncoderOptions, FrameEncoder } from "./encoder.ts";

/** An encoder that takes blocks from the first moment on and gives their packets once the one that `open` opens is there. */
export function openLate(options: EncoderOptions, open: (options: EncoderOptions) => Promise<FrameEncoder>): FrameEncoder {
  const waiting: (readonly Float32Array[])[] = [];
  let inside: FrameEncoder | undefined;
  let closed = false;
  const opening = open(options)
    .then(async (encoder) => {
      if (closed) return await encoder.close();
      inside = encoder;
      for (const block of waiting.splice(0)) encoder.push(block);
    })
    .catch((error: unknown) => {
      if (!closed) options.onFault(error);
    });
  return {
    get queueDepth() {
      return waiting.length + (inside?.queueDepth ?? 0);
    },
    push(channels) {
      if (inside === undefined) waiting.push(channels.map((channel) => channel.slice()));
      else inside.push(channels);
    },
    async flush() {
      await opening;
      await inside?.flush();
    },
    async close() {
      closed = true;
      await inside?.close();
    },
  };
}
