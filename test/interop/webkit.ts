import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { freePort, openFolder, type Peer, startPeer } from "../../bench/peers/peer.ts";

/** WebKit's browser for tests. @spec Debian package libwebkit2gtk-4.1-0 */
const MINI_BROWSER = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;
/** HLS played by the browser itself, as Safari does, and no graphics card. */
const ENVIRONMENT = { WEBKIT_GST_ENABLE_HLS_SUPPORT: "1", WEBKIT_DISABLE_COMPOSITING_MODE: "1" };
/** Longest wait for a condition in the page, and how often it is looked at. Milliseconds. */
const UNTIL_LIMIT_MS = 30_000;
const LOOK_MS = 200;
/** What the protocol calls a reference to an element. @spec W3C WebDriver §12.1 */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** WebKit (GTK) with one page on a display of its own, driven over WebDriver. Closed by the test. @spec W3C WebDriver */
export class WebKit {
  readonly #display: ChildProcess;
  #driver: Peer | undefined;
  #session = "";

  private constructor(display: ChildProcess) {
    this.#display = display;
  }

  /** Starts a WebKit with these settings of its view, such as `--user-agent=…`. */
  static async open(settings: readonly string[] = []): Promise<WebKit> {
    // It says which number it took.
    const display = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
    const webkit = new WebKit(display);
    try {
      const number = await firstLine(display);
      const port = await freePort();
      webkit.#driver = await startPeer({
        name: "WebKit's driver",
        command: "WebKitWebDriver",
        args: [`--port=${port}`, "--host=127.0.0.1"],
        port,
        folder: await openFolder("webkit"),
        environment: { ...ENVIRONMENT, DISPLAY: `:${number}`, GDK_BACKEND: "x11" },
      });
      const origin = `http://127.0.0.1:${port}`;
      const options = { binary: MINI_BROWSER, args: ["--automation", ...settings] };
      const { sessionId } = (await webkit.#send("POST", `${origin}/session`, {
        capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } },
      })) as { sessionId: string };
      webkit.#session = `${origin}/session/${sessionId}`;
      return webkit;
    } catch (error) {
      await webkit.close();
      throw error;
    }
  }

  /** Opens an address and waits until it is loaded. */
  async goto(url: string): Promise<void> {
    await this.#ask("POST", "/url", { url });
  }

  /** What an expression gives in the page, promises awaited. @throws when it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const script = `const done = arguments[0]; (async () => (${expression}))().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value, error } = (await this.#ask("POST", "/execute/async", { script, args: [] })) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /** Clicks as a person does: once what is to be clicked is shown. */
  async click(selector: string): Promise<void> {
    const found = (await this.#ask("POST", "/element", { using: "css selector", value: selector })) as Record<string, string>;
    for (const end = Date.now() + UNTIL_LIMIT_MS; ; ) {
      try {
        return void (await this.#ask("POST", `/element/${found[ELEMENT]}/click`, {}));
      } catch (cause) {
        if (!String(cause).includes("element not interactable") || Date.now() > end) throw cause;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Resolves when an expression is true in the page. */
  async until(expression: string, limitMs = UNTIL_LIMIT_MS): Promise<void> {
    for (const end = Date.now() + limitMs; ; ) {
      // A page that is just being replaced cannot be asked.
      if ((await this.evaluate(`Boolean(${expression})`).catch(() => false)) === true) return;
      if (Date.now() > end) throw new Error(`never true: ${expression}\n${String(await this.evaluate("document.body.innerText").catch(String))}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#session !== "") await this.#ask("DELETE", "").catch(() => {});
    await this.#driver?.stop();
    if (this.#display.exitCode !== null || this.#display.signalCode !== null) return;
    this.#display.kill("SIGTERM");
    await once(this.#display, "exit");
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    return await this.#send(method, `${this.#session}${path}`, body);
  }

  async #send(method: string, url: string, body?: object): Promise<unknown> {
    const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }) });
    const { value } = (await answer.json()) as { value: unknown };
    if (!answer.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`);
    return value;
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("Xvfb does not start");
}
