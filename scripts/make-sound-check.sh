#!/usr/bin/env bash
# Makes assets/sound-check/sound-check.opus again. Needs espeak-ng, sox and ffmpeg with libopus.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
espeak-ng -v en-gb -s 145 -w "$work/en.wav" "This is Earshot. You are listening to the sound check. If you can hear this clearly, everything between the server and your ear works. One, two, three, four, five."
espeak-ng -v de -s 140 -w "$work/de.wav" "Das ist Earshot. Sie hören die Tonprobe. Wenn Sie das deutlich hören, funktioniert alles zwischen dem Server und Ihrem Ohr. Eins, zwei, drei, vier, fünf."
sox -n -r 48000 -c 1 "$work/chime.wav" synth 0.6 sine 523.25 synth 0.6 sine mix 784 fade q 0.02 0.6 0.5 vol 0.25
for language in en de; do sox "$work/$language.wav" -r 48000 -c 1 "$work/$language-48.wav" pad 0.4 1.2; done
sox "$work/chime.wav" "$work/en-48.wav" "$work/chime.wav" "$work/de-48.wav" "$work/all.wav"
ffmpeg -v error -y -i "$work/all.wav" -af "loudnorm=I=-18:TP=-2:LRA=7" -ar 48000 -ac 1 "$work/level.wav"
mkdir -p assets/sound-check
ffmpeg -v error -y -i "$work/level.wav" -c:a libopus -b:a 48k -ac 1 -map_metadata -1 assets/sound-check/sound-check.opus
