"""Prints ours / peer / ratio of two files of JSON lines (`discreet account bench`, bench_accounting.py)."""
import json
import sys

# Our task -> (how the peer's begins, the ratio that is asked for).
PEERS = {
    "calibrate-pld": ("calibrate sigma by PLD", 30),
    "calibrate-rdp": ("calibrate sigma by RDP", 100),
    "calibrate-exact": ("calibrate sigma by PLD", None),
    # The tolerance at which ours is at least as near the truth as the peer's grid: 1e-3.
    "compose-1000-pld-0.001": ("compose 1000 heterogeneous", 30),
    "compose-1000-pld-0.0001": ("compose 1000 heterogeneous", None),
    "compose-1000-pld-1e-05": ("compose 1000 heterogeneous", None),
    "compose-1000-exact": ("compose 1000 heterogeneous", None),
}

ours, peers = ([json.loads(line) for line in open(path)] for path in sys.argv[1:3])
print(f"{'task':<26}{'ours s':>12}{'peer s':>12}{'ratio':>9}{'asked':>7}   result ours / peer")
for task in ours:
    begins, asked = PEERS.get(task["task"], ("?", None))
    peer = next((p for p in peers if p["task"].startswith(begins)), None)
    seconds = task["seconds_median"]
    row = f"{task['task']:<26}{seconds:>12.6f}"
    if peer:
        row += f"{peer['seconds_median']:>12.4f}{peer['seconds_median'] / seconds:>8.1f}x"
    else:
        row += f"{'-':>12}{'-':>9}"
    row += f"{'' if asked is None else f'{asked}x':>7}   {task['result']:.9g}"
    print(row + (f" / {peer['result']:.9g}" if peer else ""))
