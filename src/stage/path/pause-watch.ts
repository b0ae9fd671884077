import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { loudnessOf } from "../sound/k-weighting.ts";

/** Peak under which a frame is digital silence. Linear; a decoder gives one step of 16 bits for it, or two. */
const SILENT_PEAK = 7e-5;
/** Frames of sound in a row from which a microphone gives something: decoders click when they begin. 5 = 100 ms. */
const SOUNDING_FRAMES = 5;
/** Digital silence from the first packet on after which a microphone counts as dead. Frames; 8 s. */
const DEAD_FRAMES = 8_000 / FRAME_MS;
/** The same for a microphone that sounded before. Frames; 15 s. Only where pauses were not digital silence too: a noise gate in front of us makes them so. */
const FELL_DEAD_FRAMES = 15_000 / FRAME_MS;
/** Sounding pauses that tell how a microphone's pauses are. Frames; 0.5 s. */
const KNOWN_PAUSE_FRAMES = 500 / FRAME_MS;
/** Time until the floor the voice activity learns means anything: before the first packet all is silence. Frames; 5 s. */
const LEARN_FRAMES = 5_000 / FRAME_MS;
/** Memory of the levels of voice and room. Frames of voice; 4 s. */
const MEMORY_FRAMES = 4_000 / FRAME_MS;
/** How little the voice may stand out of the room before it is a finding, and when it is none any more. dB. */
const NOISY_DB = 15;
const QUIET_ENOUGH_DB = 18;
/** A room quieter than this disturbs nobody, however soft the voice. LUFS. */
const LOUD_ROOM = -52;
/** Samples of a pause taken to look for hum: every twelfth, 4 kHz. */
const HUM_STEP = 12;
const HUM_SAMPLES = FRAME_SAMPLES / HUM_STEP;
const HUM_RATE = SAMPLE_RATE / HUM_STEP;
/** Length of a look: a second of unbroken pause, so that a tone is one hertz wide. Samples. */
const HUM_LENGTH = HUM_RATE;
/** Rest between two looks. Frames; 4 s: hum does not come and go. */
const HUM_REST_FRAMES = 4_000 / FRAME_MS;
/** The two mains of the world, and how many harmonics of them are looked at. Hertz. */
const MAINS = [50, 60] as const;
const HARMONICS = 6;
const TONES = Uint16Array.from(MAINS.flatMap((hertz) => Array.from({ length: HARMONICS }, (_, index) => hertz * (index + 1))));
/** One turn of the slowest common tone of them all, 10 Hz, and a quarter of it: cosines for every tone. */
const TURN = HUM_RATE / 10;
const COSINES = Float64Array.from({ length: TURN }, (_, index) => Math.cos((2 * Math.PI * index) / TURN));
const QUARTER = TURN / 4;
/** Hum is one when its harmonics have this part of the pause's energy, and reach this level. Share, power of -60 dBFS. */
const HUM_SHARE = 0.5;
const HUM_POWER = 10 ** (-60 / 10);
/** Looks in a row that must agree. */
const HUM_LOOKS = 2;

/** What a microphone gives while nobody speaks into it, and how loud it is when somebody does. */
export class PauseWatch {
  readonly #cosines = new Float64Array(TONES.length);
  readonly #sines = new Float64Array(TONES.length);
  #hummed = 0;
  #humPower = 0;
  #position = 0;
  #rest = 0;
  #pausing = false;
  #silent = 0;
  #sounding = 0;
  #heard = 0;
  #voice = 0;
  #room = 0;
  #voiceFrames = 0;
  #pauseFrames = 0;
  #hushedFrames = 0;
  /** Size of the largest sample of the newest frame. Linear. */
  peak = 0;
  /** Frames of digital silence up to now from a microphone that should give something; 0 when it does. */
  dead = 0;
  /** Mains hum. Hertz; 0 when there is none. */
  hum = 0;
  /** How far a loud room is under the voice. dB; -1 when it is no matter. */
  noise = -1;

  /** Loudness of voice and room lately. LUFS; undefined before there was any voice. */
  get voiceLufs(): number | undefined {
    return this.#voiceFrames === 0 ? undefined : loudnessOf(this.#voice);
  }
  get roomLufs(): number | undefined {
    return this.#voiceFrames === 0 ? undefined : this.#room;
  }

  /** Takes a frame as it came in. @hot */
  hear(frame: Float32Array): void {
    let peak = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const size = Math.abs(frame[index] as number);
      if (size > peak) peak = size;
    }
    this.peak = peak;
    if (peak > SILENT_PEAK) this.#sound();
    else this.#hush();
    if (this.#rest > 0) this.#rest--;
    else if (this.#pausing && this.#silent === 0) this.#correlate(frame);
    else this.#restartHum();
  }

  /** Says what the frame was. `meanSquare`: of the voice, weighted for loudness, 0 when there is none; `floor`: the room. LUFS. @hot */
  judge(talking: boolean, meanSquare: number, floor: number): void {
    this.#heard++;
    this.#pausing = !talking;
    if (!talking) {
      if (this.#silent === 0) this.#pauseFrames++;
      return;
    }
    if (meanSquare === 0 || this.#heard < LEARN_FRAMES) return;
    const share = 1 / Math.min(++this.#voiceFrames, MEMORY_FRAMES);
    this.#voice += (meanSquare - this.#voice) * share;
    this.#room += (floor - this.#room) * share;
    if (this.#voiceFrames < MEMORY_FRAMES) return;
    const above = loudnessOf(this.#voice) - this.#room;
    this.noise = this.#room > LOUD_ROOM && above < (this.noise < 0 ? NOISY_DB : QUIET_ENOUGH_DB) ? Math.max(0, above) : -1;
  }

  /** Nothing arrived: silence is not the microphone's. */
  excuse(): void {
    this.#silent = 0;
    this.dead = 0;
  }

  /** Another microphone. */
  reset(): void {
    this.excuse();
    this.#sounding = 0;
    this.#heard = 0;
    this.#voice = 0;
    this.#room = 0;
    this.#voiceFrames = 0;
    this.#pauseFrames = 0;
    this.#hushedFrames = 0;
    this.hum = 0;
    this.noise = -1;
    this.#hummed = 0;
    this.#restartHum();
  }

  #sound(): void {
    // A dead stretch was no pause.
    if (this.#silent < FELL_DEAD_FRAMES) this.#hushedFrames += this.#silent;
    this.#silent = 0;
    if (this.#sounding >= SOUNDING_FRAMES || ++this.#sounding === SOUNDING_FRAMES) this.dead = 0;
  }

  #hush(): void {
    this.#silent++;
    const sounded = this.#sounding >= SOUNDING_FRAMES;
    if (!sounded) this.#sounding = 0;
    const gated = this.#pauseFrames < KNOWN_PAUSE_FRAMES || this.#hushedFrames > this.#pauseFrames;
    if (this.#silent >= (sounded ? FELL_DEAD_FRAMES : DEAD_FRAMES) && !(sounded && gated)) this.dead = this.#silent;
  }

  #restartHum(): void {
    if (this.#position === 0) return;
    this.#position = 0;
    this.#humPower = 0;
    this.#cosines.fill(0);
    this.#sines.fill(0);
  }

  #correlate(frame: Float32Array): void {
    for (let index = 0; index < HUM_SAMPLES; index++) {
      let value = 0;
      for (let tap = 0; tap < HUM_STEP; tap++) value += frame[index * HUM_STEP + tap] as number;
      value /= HUM_STEP;
      this.#humPower += value * value;
      const tens = (this.#position + index) / 10;
      for (let tone = 0; tone < TONES.length; tone++) {
        const turn = Math.round(tens * (TONES[tone] as number)) % TURN;
        this.#cosines[tone] = (this.#cosines[tone] as number) + value * (COSINES[turn] as number);
        this.#sines[tone] = (this.#sines[tone] as number) + value * (COSINES[(turn + QUARTER) % TURN] as number);
      }
    }
    this.#position += HUM_SAMPLES;
    if (this.#position >= HUM_LENGTH) this.#judgeHum();
  }

  #judgeHum(): void {
    let found = 0;
    let most = HUM_SHARE * (this.#humPower / HUM_LENGTH);
    for (const [mains, hertz] of MAINS.entries()) {
      let power = 0;
      for (let tone = mains * HARMONICS; tone < (mains + 1) * HARMONICS; tone++)
        power += (2 * ((this.#cosines[tone] as number) ** 2 + (this.#sines[tone] as number) ** 2)) / HUM_LENGTH ** 2;
      if (power <= HUM_POWER || power <= most) continue;
      most = power;
      found = hertz;
    }
    this.#restartHum();
    this.#rest = HUM_REST_FRAMES;
    this.#hummed = found === 0 ? 0 : this.#hummed + 1;
    this.hum = this.#hummed >= HUM_LOOKS ? found : 0;
  }
}
