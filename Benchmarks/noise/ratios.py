"""Prints ours / peer / ratio from the JSON lines of both. Exit 1 where a bar of issue 5 is missed."""
import json
import sys

rates = {}
for line in open(sys.argv[1]):
    if line.strip():
        row = json.loads(line)
        rates[row["task"]] = max(rates.get(row["task"], 0), row["million_draws_per_second"])

BARS = [("ours: fast Gaussian", "NumPy standard_normal (Philox)", 1.2),
        ("ours: fast Gaussian", "NumPy standard_normal (PCG64, not for privacy)", None),
        ("ours: fast Gaussian", "OpenDP Gaussian on a float grid, scale 1.0", 500)]
for scale in ("1.0", "1000.0"):
    BARS.append((f"ours: discrete Laplace, scale {scale}", f"OpenDP discrete Laplace, scale {scale}", 50))
    BARS.append((f"ours: discrete Gaussian, scale {scale}", f"OpenDP discrete Gaussian, scale {scale}", 20))
missed = False
print(f"{'ours':36}{'M/s':>9}  {'peer':48}{'M/s':>9}{'ratio':>9}{'bar':>6}")
for ours, peer, bar in BARS:
    a, b = rates[ours], rates[peer]
    good = bar is None or a / b >= bar
    missed |= not good
    print(f"{ours[6:]:36}{a:9.3f}  {peer:48}{b:9.4f}{a / b:9.1f}{bar or '-':>6}{'' if good else '  missed'}")
sys.exit(1 if missed else 0)
