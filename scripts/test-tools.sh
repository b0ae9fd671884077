#!/usr/bin/env bash
# Makes sure that what the tests drive and measure with is there: installs it when this is Debian and we may, else says what is missing.
set -euo pipefail
declare -A package=([chromium]=chromium [chromium-headless-shell]=chromium-headless-shell [firefox-esr]=firefox-esr [WebKitWebDriver]=webkit2gtk-driver [Xvfb]=xvfb [ffmpeg]=ffmpeg [ffprobe]=ffmpeg [sox]=sox [espeak-ng]=espeak-ng [gst-launch-1.0]=gstreamer1.0-tools
  [turnserver]=coturn [icecast2]=icecast2 [nginx]=nginx [varnishd]=varnish
  [traffic_server]=trafficserver [caddy]=caddy)
missing=()
for tool in "${!package[@]}"; do command -v "$tool" >/dev/null 2>&1 || missing+=("${package[$tool]}"); done
if command -v gst-inspect-1.0 >/dev/null 2>&1; then
  for element in hlsdemux:gstreamer1.0-plugins-bad souphttpsrc:gstreamer1.0-plugins-good avdec_aac:gstreamer1.0-libav; do
    gst-inspect-1.0 "${element%%:*}" >/dev/null 2>&1 || missing+=("${element##*:}")
  done
else
  missing+=(gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav)
fi
# A PostgreSQL server; Debian keeps its programs outside PATH, and nothing is started by being installed.
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || "$(pg_config --bindir 2>/dev/null)/initdb" --version >/dev/null 2>&1 || missing+=(postgresql)
# A WebRTC stack of another make, for Debian's own Python.
/usr/bin/python3 -c "import aiortc" >/dev/null 2>&1 || missing+=(python3-aiortc)
# A calendar library of another make.
/usr/bin/python3 -c "import icalendar" >/dev/null 2>&1 || missing+=(python3-icalendar)
# Validates feeds against their schemas.
/usr/bin/python3 -c "import ctypes; ctypes.CDLL('libxml2.so.2')" >/dev/null 2>&1 || missing+=(libxml2)
[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing test tools: ${missing[*]}"
  apt-get update -qq
  # What is a service elsewhere is only a program here: nothing is started by being installed.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "The tests need these Debian packages (or the same tools from elsewhere): ${missing[*]}" >&2
  exit 1
fi
