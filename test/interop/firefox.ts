import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";

/** Longest wait for the browser to start, and for one command. Milliseconds; a first start on a busy machine takes ten seconds. */
const START_LIMIT_MS = 60_000;
const COMMAND_LIMIT_MS = 30_000;
/** How often a condition in the page is looked at. Milliseconds. */
const LOOK_MS = 200;

/** What the false microphone hums. Hertz. */
export const FIREFOX_TONE_HZ = 1_750;

/** Settings of a Firefox for tests: a false microphone without a question, WebRTC on loopback, sound without a click, no call home. */
const SETTINGS: Readonly<Record<string, boolean | number | string>> = {
  "media.navigator.streams.fake": true,
  "media.navigator.audio.fake_frequency": FIREFOX_TONE_HZ,
  "media.navigator.permission.disabled": true,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "extensions.update.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  "remote.active-protocols": 1,
};

type Answer = { readonly id?: number; readonly type?: string; readonly result?: unknown; readonly error?: string; readonly message?: string };
type Evaluated =
  | { readonly type: "success"; readonly result: { readonly value?: unknown } }
  | { readonly type: "exception"; readonly exceptionDetails: { readonly text: string } };

/** A headless Firefox with one page, driven over WebDriver BiDi. Closed by the test. @spec W3C WebDriver BiDi */
export class Firefox {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #context = "";

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.on("message", (data) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id === undefined) return;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Starts a Firefox; `prelude` is a function that runs in every page before the page's own scripts. */
  static async open(prelude?: string): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), "earshot-firefox-"));
    const lines = Object.entries(SETTINGS).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
    await writeFile(join(profile, "user.js"), `${lines.join("\n")}\n`);
    const flags = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"];
    const child = spawn(process.env.FIREFOX ?? "firefox-esr", flags, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: "1" },
    });
    try {
      const socket = new WebSocket(`${await address(child)}/session`);
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      const firefox = new Firefox(child, profile, socket);
      await firefox.#ask("session.new", { capabilities: {} });
      const { contexts } = (await firefox.#ask("browsingContext.getTree", {})) as { contexts: { context: string }[] };
      firefox.#context = contexts[0]?.context ?? "";
      if (prelude !== undefined) await firefox.#ask("script.addPreloadScript", { functionDeclaration: prelude });
      return firefox;
    } catch (error) {
      await end(child, profile);
      throw error;
    }
  }

  /** Opens an address and waits until it is loaded. */
  async goto(url: string): Promise<void> {
    await this.#ask("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  /** What an expression gives in the page, promises awaited; as if the person had just clicked. @throws when it throws. */
  async evaluate(expression: string): Promise<unknown> {
    // As JSON, because the protocol has a notation of its own for objects.
    const evaluated = (await this.#ask("script.evaluate", {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context: this.#context },
      awaitPromise: true,
      userActivation: true,
    })) as Evaluated;
    if (evaluated.type === "exception") throw new Error(evaluated.exceptionDetails.text);
    const { value } = evaluated.result;
    return typeof value === "string" ? (JSON.parse(value) as unknown) : undefined;
  }

  /** Resolves when an expression is true in the page. */
  async until(expression: string, limitMs = COMMAND_LIMIT_MS): Promise<void> {
    for (const end = Date.now() + limitMs; ; ) {
      // A page that is just being replaced cannot be asked.
      if ((await this.evaluate(`Boolean(${expression})`).catch(() => false)) === true) return;
      if (Date.now() > end) throw new Error(`never true: ${expression}\n${String(await this.evaluate("document.body.innerText").catch(String))}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async close(): Promise<void> {
    await this.#ask("browser.close", {}).catch(() => {});
    this.#socket.terminate();
    await end(this.#process, this.#profile);
  }

  async #ask(method: string, params: object): Promise<unknown> {
    const id = this.#nextId++;
    const answered = new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), COMMAND_LIMIT_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { type, result, error, message } = await answered;
    if (type !== "success") throw new Error(`${method}: ${error} ${message}`);
    return result;
  }
}

/** Where a starting Firefox listens, as it says on standard error. */
async function address(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => reject(new Error(`Firefox ${why}:\n${said}`));
    const timer = setTimeout(() => fail("does not listen"), START_LIMIT_MS);
    child.stderr?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      const url = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${code}`));
  });
}

async function end(child: ChildProcess, profile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    child.kill("SIGTERM");
    await gone;
    clearTimeout(timer);
  }
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
