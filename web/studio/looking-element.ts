import { LightElement } from "./light-element.ts";

/** A component that asks the server how things stand as long as it is on the page. */
export abstract class LookingElement extends LightElement {
  #timer = 0;

  /** Time between two looks. Milliseconds. */
  protected abstract readonly lookMs: number;

  /** Whether nothing changes any more: then it is not asked again. */
  protected get settled(): boolean {
    return false;
  }

  /** Asks, and takes over the answer. */
  protected abstract look(): Promise<void>;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#lookNow();
    this.#timer = window.setInterval(() => {
      // Nobody sees a page behind another.
      if (!document.hidden && !this.settled) void this.#lookNow();
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
