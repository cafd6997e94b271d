"""Small runs of the commands, to be disturbed: each in a process of its own, forked from one that has loaded everything.

`python -m tests.faults.subjects` reads requests as JSON, a line each: {"subject", "root", "memory", "size"} starts a run in the
folder `root` and answers its process id; {"wait": pid} answers its exit status, negative for a signal.
"""

import io
import json
import os
import resource
import shutil
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch._dynamo  # noqa: F401 (an optimiser loads it)

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.audit import leaning, partners
from contrastive_claims.experiments.audit import page as _page  # noqa: F401 (loaded once, here)
from contrastive_claims.experiments.audit.files import audit_files as _audit  # noqa: F401
from contrastive_claims.experiments.claims import catalogue
from contrastive_claims.experiments.data.sources import checksum_of
from contrastive_claims.experiments.ledger import declared, keys, records
from contrastive_claims.experiments.ledger.vocabulary import Claim, Criterion, Evidence, Quantity
from contrastive_claims.experiments.models import recipes, store
from contrastive_claims.experiments.prove import coq
from contrastive_claims.experiments.prove.sources import Sources
from contrastive_claims.experiments.simulate import graphs
from contrastive_claims.experiments.simulate import session as simulation
from contrastive_claims.experiments.training import presets, probe, trainer
from contrastive_claims.experiments.training import session as training
from contrastive_claims.experiments.verify import drawing, pool, runner
from contrastive_claims.experiments.verify import session as verification
from contrastive_claims.theory.certify.expression import Expression
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Specification, identity

DOUBLING = Specification(
    "P", (), (identity("doubling", "twice", Expression(["+", "x", "x"]), Expression(["*", "2", "x"])),), ("nothing",)
)
SHIPPED = presets.FOLDER
PAUSE = 0.004  # seconds that a check takes, so that a kill may fall into it


def model():
    return store.Model(presets.load_preset("digits"), 1, 1)


def measure_model(trial):
    return {"seen": np.arange(8.0) * trial.model.seed}


def check(run):
    """Numbers, arrays, and a model's record."""
    time.sleep(PAUSE)
    found = store.measured([model()], measure_model, run)[model()]
    return Evidence(
        {"x": Quantity.exact(2.0 if run.control else 1.0), "seen": Quantity.exact(float(found["seen"].sum()))},
        arrays={"slack": np.linspace(0, 1, 200), "hinge": np.linspace(0, 1, 200) ** 2, "room": np.linspace(-1, 1, 200)},
        seeds=(1, 2),
        models=(store.record_name(model(), measure_model),),
    )


def picture(**arrays):
    from matplotlib.figure import Figure

    from contrastive_claims.figures.style import say

    figure = Figure(figsize=(2, 1))
    figure.add_axes((0, 0, 1, 1)).plot(arrays["room"], arrays["slack"])
    say(figure, "a line")
    return figure


def certified(run):
    """The same, with a certificate."""
    right = ["*", "3" if run.control else "2", "x"]
    steps = [{"step": "doubling", "kind": "identity", "says": "twice", "left": ["+", "x", "x"], "right": right}]
    return replace(check(run), certificate={"claim": "P", "steps": steps})


def claim(claim_id, function="check", figure=""):
    return Claim(
        claim_id, "nowhere", f"{claim_id} is so", check=f"{__name__}:{function}", control="wrong",
        criteria=(Criterion("x", "<=", 1.0), Criterion("seen", ">=", 0.0)), figure=figure,
    )  # fmt: skip


CLAIMS = (claim("P", "certified", f"{__name__}:picture"), *(claim(f"F{k}") for k in range(4)))
PROVED = tuple(Claim(name, "nowhere", f"{name} is so") for name in "TU")
MODEL = """title = "a minority"
shares = [0.2, 0.4, 0.4]
connectivity = [[0.95, 0.4, 0], [0.4, 0.95, 0], [0, 0, 0.95]]
[graphs]
nodes = 24
dimension = 3
seeds = 3
"""
DEVELOPMENT = {
    "Spec.v": "Definition double (n : nat) : nat := n + n.\n",
    "Statements.v": "From ContrastiveClaims Require Import Spec.\nDefinition T_statement : Prop := forall n, double n = 2 * n.\n"
    "Definition U_statement : Prop := forall P, P \\/ ~ P.\n",
    "T.v": "From ContrastiveClaims Require Import Spec Statements.\nTheorem T_proved : T_statement. Proof. lia. Qed.\n",
    "U.v": "From ContrastiveClaims Require Import Statements.\nTheorem U_proved : U_statement. Proof. exact classic. Qed.\n",
    "assumptions.txt": "Classical_Prop.classic\n",
}
COQ = {  # stand-ins that answer as its programs do
    "coqc": f"""#!/bin/sh
set -e
for name; do :; done
if [ "$name" = --print-version ]; then echo "{coq.WRITTEN_WITH} 4.13"; exit; fi
sleep {PAUSE}
cat "$name" "$name" > "${{name}}o"
case $name in Check_*) printf 'Axioms:\\nClassical_Prop.classic : forall P : Prop, P\\n';; esac
""",
    "coqdep": """#!/bin/sh
set -e
shift 3
for name; do
  needs=$(sed -n 's/^From ContrastiveClaims Require Import \\(.*\\)\\.$/\\1/p' "$name")
  printf '%so %s.glob: %s ' "$name" "${name%.v}" "$name"; for one in $needs; do printf '%s.vo ' "$one"; done; echo
done
""",
    "coqchk": """#!/bin/sh
set -e
for text in 'CONTEXT SUMMARY' '* Theory: Set is predicative' '* Axioms: <none>' \
  '* Constants/Inductives relying on type-in-type: <none>' \
  '* Constants/Inductives relying on unsafe (co)fixpoints: <none>' \
  '* Inductives whose positivity is assumed: <none>'; do printf '%s\\n\\n' "$text"; done
""",
}
TRAINING = ["data.per_class=8", "epochs=3", "batch=32", "encoder.widths=[2, 4]", "encoder.dimension=4"]
OUT = ("--out", "out")
COMMANDS = {
    "shard": ("verify", "--device", "cpu", "--jobs", "1", *OUT),
    "cluster": ("verify", "--device", "cpu", *OUT),
    "verify": ("verify", "--device", "cpu", "--jobs", "2", *OUT),
    "declare": ("declare",),
    "list": ("list", "--json", *OUT),
    "figures": ("figures", "P", "--format", "svg", *OUT),
    "prove": ("prove", "--jobs", "2", *OUT),
    "simulate": ("simulate", "model.toml", "--sweep", "temperature=0.8,1", "--jobs", "2", *OUT),
    "train": ("train", "digits", "--device", "cpu", *(f"--set={one}" for one in TRAINING), *OUT),
    "audit": ("audit", "table.npz", "--labels", "label", "--temperature", "1", "--html", "audit.html", "--json"),
}
COMMANDS["train own"] = (*COMMANDS["train"], "--data", "images.parquet", "--set=data.held_out_per_class=2")
for suffix in ("parquet", "csv", "safetensors"):
    COMMANDS[f"audit {suffix}"] = ("audit", f"table.{suffix}", *COMMANDS["audit"][2:])


def prepare(root):
    """What the commands read, in a new folder."""
    (root / "model.toml").write_text(MODEL)
    for folder, files in (("development", DEVELOPMENT), ("bin", COQ)):
        (root / folder).mkdir()
        for name, text in files.items():
            (root / folder / name).write_text(text)
            (root / folder / name).chmod(0o755)
    shutil.copytree(SHIPPED, root / "presets", ignore=lambda _, names: set(names) - {"digits.toml"})
    write_tables(root)
    write_images(root)


def write_tables(root):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from safetensors.numpy import save_file

    generator = np.random.default_rng(0)
    codes = np.repeat(np.arange(4), 12)
    points = (np.eye(4, 6)[codes] + 0.2 * generator.normal(size=(48, 6))).astype(np.float32)
    names = np.array(["ant", "bee", "cat", "dog"])[codes]
    np.savez(root / "table.npz", embeddings=points, label=names)
    pq.write_table(pa.table({"embeddings": list(points), "label": names}), root / "table.parquet")
    rows = [",".join(["label", *(f"x{k}" for k in range(6))])]
    rows += [",".join([name, *map(repr, map(float, row))]) for name, row in zip(names, points, strict=True)]
    (root / "table.csv").write_text("\n".join(rows) + "\n")
    save_file({"embeddings": points, "label": codes}, root / "table.safetensors")


def write_images(root):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    generator, rows = np.random.default_rng(0), []
    for k in range(40):
        content = io.BytesIO()
        Image.fromarray(generator.integers(0, 256, (8, 8), dtype=np.uint8)).save(content, "png")
        rows.append({"image": {"bytes": content.getvalue(), "path": f"{k}.png"}, "label": k % 4})
    pq.write_table(pa.Table.from_pylist(rows), root / "images.parquet")


def settle(root):
    """Point the code of this process to what lies in `root`, and make it small: fewer shuffles, workers that are forked."""
    os.environ |= {"CLAIMS_CACHE": str(root / "cache"), "PATH": f"{root / 'bin'}:{os.environ['PATH']}"}
    catalogue.CLAIMS = verification.CLAIMS = CLAIMS
    SPECIFICATIONS["P"] = DOUBLING
    records.RECORDED = root / "committed"
    declarations = root / "committed" / "declared.jsonl"
    declared.DECLARED = declarations
    for function in (declared.read, declared.declare):
        function.__defaults__ = (declarations,)
    keys.commit, keys.fingerprint = lambda: "commit", lambda modules: "code"
    drawing.draw.__defaults__ = ("quick", ("svg",), None)
    Sources.read.__func__.__defaults__ = (root / "development",)
    presets.FOLDER = root / "presets"
    recipes.MEASUREMENTS["measure_model"] = 1
    store._trial = lambda model, *_: SimpleNamespace(model=model)
    coq.missing_libraries = lambda build: []
    import multiprocessing

    forked = SimpleNamespace(get_context=lambda _: multiprocessing.get_context("fork"))
    pool.multiprocessing = graphs.multiprocessing = forked
    leaning.SHUFFLES, leaning.TRIES = (3, 3), 2
    partners.partners.__defaults__ = (1,)
    simulation.FORMATS = ("svg",)
    training.PENALTIES = probe.PENALTIES[:1]
    trainer.train.__kwdefaults__["checkpoint_seconds"] = 0.0


def use_many(count):
    """So many claims, whose records all say the same times, so that runs may be compared byte by byte."""
    catalogue.CLAIMS = verification.CLAIMS = tuple(claim(f"S{k}") for k in range(count))
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    runner.time = SimpleNamespace(perf_counter=lambda: 0.0)
    runner.datetime = store.datetime = SimpleNamespace(now=lambda zone: moment)


def begin(request):
    """Fork a run; its process id. It leads a session of its own, and says what it says into the FIFO `root`/said."""
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        root = Path(request["root"])
        os.chdir(root)
        os.setsid()
        said = os.open("said", os.O_WRONLY | os.O_NONBLOCK)
        os.set_blocking(said, True)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(said, 1)
        os.dup2(said, 2)
        subject = request["subject"]
        settle(root)
        if "memory" in request:
            # A fork keeps the stacks of its parent's threads for its own. A thread that begins on one, without memory for
            # anything else, leaves CPython waiting for it for ever; a command that was started afresh cannot begin one.
            spare = threading.Thread(target=int)
            spare.start()
            spare.join()
        for what, name in ((resource.RLIMIT_FSIZE, "size"), (resource.RLIMIT_AS, "memory")):
            if (limit := request.get(name)) is not None:
                limit += address_space() if name == "memory" else 0
                resource.setrlimit(what, (limit, limit))
        if subject == "prepare":
            prepare(root)
            status = 0
        else:
            if subject == "prove":
                catalogue.CLAIMS = PROVED
            elif "claims" in request:
                use_many(request["claims"])
            arguments = [*COMMANDS[subject], *request.get("more", ())]
            try:
                cli.app(arguments)
            except SystemExit as error:
                status = error.code if isinstance(error.code, int) else bool(error.code)
    except BaseException:  # noqa: BLE001 (as the interpreter would)
        import traceback

        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


def address_space():
    """Bytes of this process's address space."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def serve():
    checksum_of("digits")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        request = json.loads(line)
        ended = os.waitpid(request["wait"], 0)[1] if "wait" in request else None
        print(begin(request) if ended is None else os.waitstatus_to_exitcode(ended), flush=True)


if __name__ == "__main__":
    # by its name: the checks are found under it
    from tests.faults import subjects

    subjects.serve()
