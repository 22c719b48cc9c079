#!/usr/bin/env bash
# Quantises a network, judges it in float and in int8 with `sightline model eval`, and times it on one thread.
#
#     evaluate.sh road-surface.onnx CALIBRATION_PICTURES LABELLED [eval options...]
#     evaluate.sh road-surface.onnx cache/images datasets/camvid --road-labels 3 --void-labels 11
#     evaluate.sh road-objects.onnx cache/images data.yaml --merge vehicle=car,truck,bus
#
# SIGHTLINE names the executable; without it the one built beside this folder.
set -euo pipefail

if [ $# -lt 3 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
network=$1 calibration=$2 labelled=$3
shift 3
sightline=${SIGHTLINE:-$(dirname "$0")/../.build/release/sightline}
quantised=${network%.onnx}.int8.onnx

[ -x "$sightline" ] || { echo "$sightline: not built; run swift build -c release --product sightline" >&2; exit 1; }
"$sightline" model inspect "$network" | sed -n '1,5p'
"$sightline" model quantize "$network" --data "$calibration" --output "$quantised"
"$sightline" model eval "$quantised" --data "$labelled" --float "$network" "$@"
"$sightline" model bench "$quantised" --threads 1
