/** What a request says of where it comes from. */
export interface RequestSource {
  /** Origin header. */
  readonly origin: string | undefined;
  /** Host header. */
  readonly host: string | undefined;
  /** Sec-Fetch-Site header; browsers set it and no page can. @spec Fetch Metadata Request Headers §2.4 */
  readonly fetchSite: string | undefined;
}

/** Whether a request that changes something may come from where it does: a page of this house, or a program that is no browser. @spec RFC 6454, Fetch §3.2 */
export function createOriginCheck(urls: readonly string[]): (source: RequestSource) => boolean {
  const own = new Set(urls.map((url) => new URL(url).origin));
  return ({ origin, host, fetchSite }) => {
    if (origin !== undefined && own.has(origin)) return true;
    // Browsers name the origin with every unsafe request and every WebSocket; programs that are no browser carry no cookies by themselves.
    if (origin === undefined) return fetchSite === undefined || fetchSite === "same-origin";
    if (fetchSite !== undefined && fetchSite !== "same-origin") return false;
    // The house is reached by another name than the configured one, such as its address in the local network.
    return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
  };
}
