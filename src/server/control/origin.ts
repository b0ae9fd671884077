/** Origins a browser may act from: the house's own addresses. */
export function createOriginCheck(urls: readonly string[]): (origin: string | undefined, host: string | undefined) => boolean {
  const own = new Set(urls.map((url) => new URL(url).origin));
  return (origin, host) => {
    // Browsers name the origin with every unsafe request and every WebSocket; programs that are no browser carry no cookies by themselves.
    if (origin === undefined) return true;
    if (own.has(origin)) return true;
    // The house is reached by another name than the configured one, such as its address in the local network.
    return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
  };
}
