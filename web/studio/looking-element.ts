import { LightElement } from "./light-element.ts";

/** A component that asks the server how things stand as long as it is on the page. */
export abstract class LookingElement extends LightElement {
  #timer = 0;

  /** Time between two looks. Milliseconds. */
  protected abstract readonly lookMs: number;

  /** Whether it is not asked for now: nobody sees a page behind another. */
  protected get rests(): boolean {
    return document.hidden;
  }

  /** Asks, and takes over the answer. */
  protected abstract look(): Promise<void>;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#lookNow();
    this.#timer = window.setInterval(() => {
      if (!this.rests) void this.#lookNow();
    }, this.lookMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  async #lookNow(): Promise<void> {
    await this.look();
    this.requestUpdate();
  }
}
