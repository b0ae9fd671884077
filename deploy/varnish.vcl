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
  if (req.method != "GET" && req.method != "HEAD" && req.method != "OPTIONS") {
    return (synth(405));
  }
  # Endless streams are not kept; they end with their connection.
  if (req.url ~ "^/live/[a-z0-9-]+(\.(mp3|aac|opus)|/stream\.mp4)(\?|$)") {
    return (pipe);
  }
  # Events by invitation are heard by cookie, and by nobody who has none: what they are answered with is theirs alone.
  if (req.method == "OPTIONS" || req.http.Cookie ~ "earshot_in_") {
    return (pass);
  }
  unset req.http.Cookie;
  if (req.url ~ "^/live/[a-z0-9-]+/(lang/[A-Za-z0-9-]+/)?((low-)?(index|plain)\.m3u8|(opus|aac|low)/)") {
    # The front is asked what the name says and nothing else: the path and HLS' own parameters, the first of each, in one order.
    # Whoever writes a parameter twice or in another way would else have the answer to one question kept under the name of another.
    set req.url = regsub(req.url, "\?.*$", "") + "?"
      + regsub(req.url, "^(?:[^?]*\?(?:[^&]*&)*?(_HLS_msn=\d+)(?=&|$))?.*$", "\1&")
      + regsub(req.url, "^(?:[^?]*\?(?:[^&]*&)*?(_HLS_part=\d+)(?=&|$))?.*$", "\1&")
      + regsub(req.url, "^(?:[^?]*\?(?:[^&]*&)*?(_HLS_skip=\w+)(?=&|$))?.*$", "\1");
    set req.url = regsub(req.url, "[?&]+$", "");
    return (hash);
  }
  if (req.url ~ "^/assets/" || req.url ~ "^/live/[a-z0-9-]+/state\.json") {
    return (hash);
  }
  return (pass);
}

sub vcl_hash {
  # The front answers all hosts alike. Nothing a client says in a header is part of a name.
  hash_data(req.url);
  return (lookup);
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

sub vcl_backend_error {
  # The same while the front is away: those who waited together are told so together, and one of them asks again.
  if (bereq.url ~ "^/live/") {
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    set beresp.http.Retry-After = "1";
    set beresp.http.Cache-Control = "public, max-age=1";
    set beresp.http.Access-Control-Allow-Origin = "*";
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
