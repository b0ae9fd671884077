/** Speed of a correction. Millionths: twice what two bad sound cards differ by, and less than a hundredth of a semitone. */
const CORRECTION_PPM = 500;
/** Distance from the wanted fill at which a correction begins, and at which it ends. Packets; 10 ms and 1 ms. */
const BEGIN_PACKETS = 0.5;
const END_PACKETS = 0.05;
/** Memory of the mean fill. Packets; 5 s, so that the jitter of a line is not taken for the drift of a clock. */
const MEMORY_PACKETS = 250;

/** Sees from the fill of a jitter buffer that a speaker's clock runs faster or slower than ours, and says how fast to read. */
export class ClockDrift {
  #mean = 0;
  #seen = 0;
  /** How much faster than written to read. Millionths; 0 as long as the clocks agree. */
  ppm = 0;

  /** Takes the difference between the fill and the one wanted, whenever a packet is taken out. Packets, parts included. @hot */
  note(over: number): void {
    this.#seen = Math.min(this.#seen + 1, MEMORY_PACKETS);
    this.#mean += (over - this.#mean) / this.#seen;
    const distance = Math.abs(this.#mean);
    if (this.#seen < MEMORY_PACKETS) return;
    if (distance > BEGIN_PACKETS) this.ppm = this.#mean > 0 ? CORRECTION_PPM : -CORRECTION_PPM;
    else if (distance < END_PACKETS || this.#mean > 0 !== this.ppm > 0) this.ppm = 0;
  }

  /** Forgets the past: the stream began anew or the buffer ran dry. */
  reset(): void {
    this.#mean = 0;
    this.#seen = 0;
    this.ppm = 0;
  }
}
