#!/usr/bin/env python3
"""Checks an artifact without Discreet: verify_artifact.py FOLDER PUBLIC_KEY_HEX [ledger.sqlite]. Needs PyNaCl alone."""
import hashlib, json, math, pathlib, sqlite3, struct, sys
from fractions import Fraction
from nacl.signing import VerifyKey
def blake(data): return hashlib.blake2b(data, digest_size=32).hexdigest()
def exact(part): return [Fraction(amount) for amount in part["exact"].split(",")]  # one string, "epsilon,delta"
def phi(x): return math.erfc(-x / math.sqrt(2)) / 2
folder, key = pathlib.Path(sys.argv[1]), sys.argv[2]
certificate, model, tensors = ((folder / n).read_bytes() for n in ("certificate.json", "model.json", "tensors.bin"))
signed = json.loads(certificate)
# The file is canonical JSON, so the signed bytes are the file without the member `signature`.
cut = b',"signature":"%s"' % signed["signature"].encode()
assert certificate.count(cut) == 1 and signed["publicKey"] == key
VerifyKey(bytes.fromhex(key)).verify(certificate.replace(cut, b""), bytes.fromhex(signed["signature"]))
assert signed["hashes"] == {"model": blake(model), "tensors": blake(tensors)}
print("signature and hashes: ok,", signed["kind"], "of", signed["created"])
for tensor in json.loads(model)["tensors"]:
    values = struct.unpack_from("<%df" % math.prod(tensor["shape"]), tensors, tensor["offset"])
    assert tensor["offset"] % 64 == 0 and all(map(math.isfinite, values))
    print("tensor", tensor["name"], tensor["shape"])

if not signed["publicData"]: assert exact(signed) == [sum(column) for column in zip(*map(exact, signed["runs"]))]
for run in signed["runs"] if not signed["publicData"] and "stoppedAt" not in signed else []:
    (epsilon, delta), events = exact(run), [(s["count"], s["event"]) for s in run["plan"]["stretches"]]
    if all(e["type"] == "discrete-laplace" for _, e in events):  # pure: the sum of l1 sensitivity / scale
        cost = sum(n * e["bound"]["maxItemsPerUser"] * e["bound"]["maxValuePerItem"] / Fraction(e["scale"]) for n, e in events)
        assert cost <= epsilon
    elif all(e["type"] == "gaussian-sum" and e["samplingProbability"] == 1 for _, e in events):  # mu^2 = sum of 1/sigma^2
        mu, eps = math.sqrt(sum(n / e["noiseMultiplier"] ** 2 for n, e in events)), float(epsilon)
        assert phi(-eps / mu + mu / 2) - math.exp(eps) * phi(-eps / mu - mu / 2) <= float(delta) * (1 + 1e-9)
    else: print("no second opinion here on", run["kind"]); continue
    print("cost of", run["kind"] + ": epsilon", float(epsilon), "delta", float(delta), "ok")

if len(sys.argv) > 3:
    previous, named = "0" * 64, False
    for number, entry in sqlite3.connect(sys.argv[3]).execute("SELECT number, entry FROM log ORDER BY number"):
        fields = json.loads(entry)
        assert (fields["index"], fields["previous"]) == (number, previous)
        if fields["type"] == "policy":  # a signed document, by itself; this dump is canonical for what a policy holds
            content, signature = fields["content"], bytes.fromhex(fields["content"].pop("signature"))
            VerifyKey(bytes.fromhex(key)).verify(json.dumps(content, sort_keys=True, separators=(",", ":")).encode(), signature)
        previous = blake(entry)
        named = named or fields["type"] == "artifact" and fields["content"]["certificate"] == blake(certificate)
    print("log: the chain holds, its policies are signed, the artifact is", "named in it" if named else "NOT NAMED in it")
