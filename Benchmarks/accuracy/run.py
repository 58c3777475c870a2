#!/usr/bin/env python3
"""Recall@20 and NDCG@20 of the models over ε on a data set of ../shared, beside what issue 6 asks for where it does.

    run.py NAME [--runs 3] [--no-features] [--models spectral,popularity] [--epsilons infinity,10,5,3,1,0.5]

NAME: ml100k, ml1m or gowalla, in the weak protocol (part of every user's own items is held out). Each run is a new private training with the
defaults; what is random is the noise alone (the split is deterministic, see ../shared/reference/split.py, which needs numpy, pandas and
scipy). Prints mean, least and greatest, and the seconds of ingest and training.
DISCREET names the binary (default: .build/release/discreet), DISCREET_SHARED the folder shared (default: ../shared).
"""
import argparse, csv, json, os, statistics, subprocess, sys, tempfile

MODELS = {"popularity": [], "content": ["--set", "popularity=true"], "spectral": [], "graph": [], "mf": [],
          "graph+recency": ["--set", "recency=10"]}
# Recall@20, NDCG@20 that `spectral` has to reach (issue 6), by data set and whether features are used; the same of `graph` (issue 8).
MUST = {
    ("ml1m", True): {"10": (.233, .332), "5": (.221, .322), "3": (.212, .312), "1": (.188, .287), "0.5": (.174, .269)},
    ("ml1m", False): {"10": (.229, .324), "5": (.216, .312), "3": (.202, .296), "1": (.166, .255), "0.5": (.135, .215)},
    ("ml100k", True): {"10": (.182, .145), "5": (.176, .140), "3": (.167, .135), "1": (.148, .123), "0.5": (.122, .105)},
    ("gowalla", True): {"10": (.097, .085), "5": (.087, .077), "3": (.075, .068), "1": (.056, .050), "0.5": (.051, .045)},
}
GRAPH_MUST = {
    ("ml1m", True): {"infinity": (.262, .366), "10": (.237, .341), "5": (.224, .327), "3": (.214, .317), "1": (.188, .287)},
    ("ml1m", False): {"infinity": (.262, .366), "10": (.232, .335), "5": (.217, .318), "3": (.203, .301), "1": (.166, .255)},
    ("ml100k", True): {"infinity": (.228, .182), "10": (.197, .155), "5": (.191, .152), "3": (.177, .141), "1": (.149, .124)},
    ("gowalla", True): {"infinity": (.186, .153), "10": (.107, .098), "5": (.089, .083), "3": (.076, .071), "1": (.056, .050)},
}
# Those of ml100k are with recency.
BARS = {"spectral": MUST, "graph+recency": GRAPH_MUST, "graph": {k: v for k, v in GRAPH_MUST.items() if k[0] != "ml100k"}}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("name", choices=["ml100k", "ml1m", "gowalla"])
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--no-features", action="store_true", help="leave everything but ids and titles out of the catalogue")
parser.add_argument("--models", default="popularity,content,spectral,mf")
parser.add_argument("--epsilons", default="infinity,10,5,3,1,0.5")
parser.add_argument("--reference-policy", action="store_true",
                    help="the reference's public N (943, 6000, 30000) instead of a count, and no bound of 512 items a user")
options = parser.parse_args()
NOMINAL = {"ml100k": 943, "ml1m": 6000, "gowalla": 30000}

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
shared = os.environ.get("DISCREET_SHARED", os.path.join(root, "..", "shared"))
binary = os.path.abspath(os.environ.get("DISCREET", os.path.join(root, ".build", "release", "discreet")))
if not os.path.isdir(os.path.join(shared, "data")):
    sys.exit(f"There is no folder data in {shared}: set DISCREET_SHARED.")


def strip_features(path):
    with open(path, newline="") as file:
        rows = [row[:2] for row in csv.reader(file)]
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


with tempfile.TemporaryDirectory() as work:
    env = dict(os.environ, DISCREET_HOME=work + "/data", XDG_CONFIG_HOME=work + "/config")

    def discreet(*arguments):
        done = subprocess.run([binary, *arguments, "--json"], env=env, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    split = os.path.join(shared, "reference", "split.py")
    subprocess.run([sys.executable, split, options.name, work + "/split", "weak"], check=True)
    if options.no_features:
        strip_features(work + "/split/items.csv")
    policy = "benchmark"
    if options.reference_policy:
        policy = work + "/policy.yaml"
        with open(os.path.join(root, "policies", "benchmark.yaml")) as shipped, open(policy, "w") as file:
            file.write(shipped.read().replace("maxItemsPerUser: 512", "maxItemsPerUser: 65536")
                       .replace("maxUsers:", f"nominalUsers: {NOMINAL[options.name]}\nmaxUsers:"))
    discreet("init", "--policy", policy)
    catalogue = discreet("catalogue", "import", work + "/split/items.csv")
    ingested = discreet("ingest", work + "/split/train.csv")
    print(f"{options.name}, {'with features' if catalogue['features'] else 'no features'}; "
          f"ingest: {ingested['read']} rows in {ingested['seconds']:.2f} s", flush=True)
    print(f"{'ε':>8}  {'model':<14}{'Recall@20':>10}{'min':>8}{'max':>8}{'NDCG@20':>10}{'min':>8}{'max':>8}{'train s':>9}  must")
    for epsilon in options.epsilons.split(","):
        for model in options.models.split(","):
            if model == "content" and not catalogue["features"]:
                continue
            recall, ndcg, seconds = [], [], []
            for _ in range(options.runs):
                trained = discreet("train", model.split("+")[0], "--epsilon", epsilon, "--delta", "1e-6", *MODELS[model])
                report = discreet("evaluate", "--model", trained["model"]["id"], "--public-data", work + "/split/test.csv")
                recall.append(report["metrics"]["recall@20"])
                ndcg.append(report["metrics"]["ndcg@20"])
                seconds.append(trained["seconds"])
            bar = BARS.get(model, {}).get((options.name, not options.no_features), {}).get(epsilon)
            verdict = ""
            if bar:
                reached = statistics.mean(recall) >= bar[0] and statistics.mean(ndcg) >= bar[1]
                verdict = f"{bar[0]:.3f}/{bar[1]:.3f} {'reached' if reached else 'MISSED'}"
            print(
                f"{epsilon:>8}  {model:<14}{statistics.mean(recall):>10.4f}{min(recall):>8.4f}{max(recall):>8.4f}"
                f"{statistics.mean(ndcg):>10.4f}{min(ndcg):>8.4f}{max(ndcg):>8.4f}{statistics.mean(seconds):>9.2f}  {verdict}",
                flush=True)
