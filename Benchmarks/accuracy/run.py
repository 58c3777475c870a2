#!/usr/bin/env python3
"""Recall@20 and NDCG@20 of the models over ε on a data set of ../shared: run.py NAME [RUNS], NAME ml100k or ml1m.

Each run is a new private training; what is random is the noise alone (the split is deterministic, see
../shared/reference/split.py, which needs numpy, pandas and scipy). Prints mean and spread, and the seconds of ingest and training.
DISCREET names the binary (default: .build/release/discreet), DISCREET_SHARED the folder shared (default: ../shared).
"""
import json, os, statistics, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
shared = os.environ.get("DISCREET_SHARED", os.path.join(root, "..", "shared"))
binary = os.path.abspath(os.environ.get("DISCREET", os.path.join(root, ".build", "release", "discreet")))
name, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3

if not os.path.isdir(os.path.join(shared, "data")):
    sys.exit(f"There is no folder data in {shared}: set DISCREET_SHARED.")

with tempfile.TemporaryDirectory() as work:
    env = dict(os.environ, DISCREET_HOME=work + "/data", XDG_CONFIG_HOME=work + "/config")

    def discreet(*arguments):
        done = subprocess.run([binary, *arguments, "--json"], env=env, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    split = os.path.join(shared, "reference", "split.py")
    subprocess.run([sys.executable, split, name, work + "/split", "weak"], check=True)
    discreet("init", "--policy", "benchmark")
    discreet("catalogue", "import", work + "/split/items.csv")
    ingested = discreet("ingest", work + "/split/train.csv")
    print(f"ingest: {ingested['read']} rows in {ingested['seconds']:.2f} s", flush=True)
    print(f"{'ε':>8}  {'model':<12}{'Recall@20':>10}{'min':>8}{'max':>8}{'NDCG@20':>10}{'min':>8}{'max':>8}{'train s':>9}")
    for epsilon in ["infinity", "10", "3", "1"]:
        for model in ["popularity", "mf"]:
            recall, ndcg, seconds = [], [], []
            for _ in range(runs):
                trained = discreet("train", model, "--epsilon", epsilon, "--delta", "1e-6")
                report = discreet("evaluate", "--model", trained["model"]["id"], "--public-data", work + "/split/test.csv")
                recall.append(report["metrics"]["recall@20"])
                ndcg.append(report["metrics"]["ndcg@20"])
                seconds.append(trained["seconds"])
            print(
                f"{epsilon:>8}  {model:<12}{statistics.mean(recall):>10.4f}{min(recall):>8.4f}{max(recall):>8.4f}"
                f"{statistics.mean(ndcg):>10.4f}{min(ndcg):>8.4f}{max(ndcg):>8.4f}{statistics.mean(seconds):>9.2f}",
                flush=True)
