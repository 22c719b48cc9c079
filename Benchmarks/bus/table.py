#!/usr/bin/env python3
"""Prints the measurements of bus-benchmark.json as a Markdown table, times in microseconds."""

import json
import sys

print("| measurement | what | p50 | p99 | ratio p50 | ratio p99 |")
print("|---|---|---|---|---|---|")
for line in open(sys.argv[1]):
    result = json.loads(line)
    label = result["benchmark"]
    if label.startswith("allocations"):
        for key in ("bytes", "encoded", "frame"):
            print(f"| {label} | {key} | {result[key]:g} | | | |")
        continue
    for fact in ("cores", "bytes"):
        if fact in result:
            label += f", {result[fact]}" + (" B" if fact == "bytes" else "")
    ratios = {key: value for key, value in result.items() if isinstance(value, dict) and not key.endswith("_us")}
    for key, value in result.items():
        if not key.endswith("_us"):
            continue
        name = key[:-3]
        ratio = next((ratios[r] for r in ratios if r.endswith("_to_" + name)), None)
        columns = [f"{ratio['p50']:.2f}", f"{ratio['p99']:.2f}"] if ratio else ["", ""]
        print(f"| {label} | {name} | {value['p50']:.1f} | {value['p99']:.1f} | {columns[0]} | {columns[1]} |")
    for name, ratio in ratios.items():
        if "_to_" not in name:
            print(f"| {label} | {name}: ratio | | | {ratio['p50']:.2f} | {ratio['p99']:.2f} |")
