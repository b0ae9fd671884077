vcl 4.1;
# Earshot behind Varnish 6 or later. Start with: varnishd -f varnish.vcl -a :80 -s malloc,256m -p thread_pool_min=200 -p timeout_idle=25

backend front {
  .host = "127.0.0.1";
  .port = "8080";
  # A blocked request waits up to 12 s for its part.
  .first_byte_timeout = 20s;
  .between_bytes_timeout = 20s;
  .max_connections = 2000;
}

sub vcl_recv {
  unset req.http.Cookie;
  if (req.method != "GET" && req.method != "HEAD" && req.method != "OPTIONS") {
    return (synth(405));
  }
  # Endless streams are not kept; they end with their connection.
  if (req.url ~ "^/live/[a-z0-9-]+(\.(mp3|aac|opus)|/stream\.mp4)(\?|$)") {
    return (pipe);
  }
  if (req.url ~ "^/live/[a-z0-9-]+/((low-)?(index|plain)\.m3u8|(opus|aac|low)/)") {
    # Only what HLS knows is part of the name, in one order.
    set req.http.X-Name = regsub(req.url, "\?.*$", "")
      + "|" + regsub(req.url, "^(?:.*[?&](_HLS_msn=\d+))?.*$", "\1")
      + "|" + regsub(req.url, "^(?:.*[?&](_HLS_part=\d+))?.*$", "\1")
      + "|" + regsub(req.url, "^(?:.*[?&](_HLS_skip=\w+))?.*$", "\1");
    return (hash);
  }
  if (req.url ~ "^/assets/" || req.url ~ "^/live/[a-z0-9-]+/state\.json") {
    return (hash);
  }
  return (pass);
}

sub vcl_hash {
  if (req.http.X-Name) {
    hash_data(req.http.X-Name);
    return (lookup);
  }
}

sub vcl_backend_fetch {
  unset bereq.http.X-Name;
}

sub vcl_backend_response {
  # Stale lists are worse than none: players count on the newest.
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  unset beresp.http.Set-Cookie;
  if (beresp.status >= 400 && bereq.url ~ "^/live/") {
    # Failures are kept for a moment instead of being marked as not to be merged: a thousand who ask for what is not there are one question.
    set beresp.ttl = 1s;
    set beresp.uncacheable = false;
    return (deliver);
  }
}

sub vcl_pipe {
  # The connection belongs to the stream; the next request of the same client must not slip through it.
  set bereq.http.Connection = "close";
  set bereq.http.X-Forwarded-For = client.ip;
}

sub vcl_deliver {
  unset resp.http.X-Varnish;
  unset resp.http.Via;
  set resp.http.X-Cache-Hits = obj.hits;
}
