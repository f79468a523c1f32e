"""`python -m benchmarks augment | epoch | overhead | contention | ...`: see `_parser`, or `--help`."""

import argparse
import gc
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.augment import AUGS, measure_augmentation
from benchmarks.build_tables import measure_tables
from benchmarks.contention import measure_contention
from benchmarks.epoch import measure_epochs
from benchmarks.families import SIDES, measure_families
from benchmarks.fault_report import FaultLimits
from benchmarks.flops import measure_utilisation
from benchmarks.memory import CONTENDERS, measure_memory, peak_of
from benchmarks.overhead import measure_overhead
from benchmarks.pages import measure_pages
from benchmarks.recording import AT_EPOCHS, measure_recording
from benchmarks.trackers import TRACKERS
from benchmarks.tracking import measure_tracking
from expdb.data.cpus import num_usable_cpus

_MODELS = {"cpu": ["resnet_mini", "resnet18"], "cuda": ["resnet18", "resnet50", "senet101", "wrn_16_8"]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for and print it."""
    options = _parser().parse_args(arguments)
    gc.set_threshold(100_000, 20, 20)  # as the command line and the dashboard do
    if options.command == "tables":
        print(measure_tables(num_runs=options.runs, rounds=options.rounds, url=options.db))
        return
    if options.command == "pages":
        print(measure_pages(num_runs=options.runs, rounds=options.rounds))
        return
    if options.command == "recording":
        sizes = {"writers": options.writers, "seconds": options.seconds, "rounds": options.rounds, "at": options.at}
        print(measure_recording(url=options.db, **sizes))
        return
    if options.command == "tracking":
        sizes = {"steps": options.steps, "rounds": options.rounds, "wait": options.wait, "seconds": options.seconds}
        print(measure_tracking(only=options.only, **sizes))
        return
    if options.command == "faults":
        from benchmarks.faults import measure_faults  # which imports much that the others need not

        text, has_held = measure_faults(
            FaultLimits(**{name: getattr(options, name) for name in vars(FaultLimits())}), options.only
        )
        print(text)
        if not has_held:
            raise SystemExit(1)
        return
    if options.command == "contention":
        names = ("threads", "aug", "batch_size", "seconds", "rounds", "data_dir")
        sizes = {name: getattr(options, name) for name in names}
        print(measure_contention(options.models, num_images=options.images, **sizes))
        return
    if options.command == "families":
        text, is_clear = measure_families(sides=options.sides, only=options.only)
        print(text)
        if not is_clear:
            raise SystemExit(1)
        return
    torch.set_num_threads(options.threads)
    print(_measure(options))


def _measure(options: argparse.Namespace) -> str:
    sizes = {"num_images": options.images, "data_dir": options.data_dir}
    if options.command == "augment":
        return measure_augmentation(options.augs, rounds=options.rounds, **sizes)
    sizes |= {"aug": options.aug, "batch_size": options.batch_size}
    match options.command:
        case "epoch":
            return measure_epochs(options.models, rounds=options.rounds, with_compile=options.compile, **sizes)
        case "overhead":
            return measure_overhead(options.models, rounds=options.rounds, **sizes)
        case "flops":
            return measure_utilisation(options.models, rounds=options.rounds, **sizes)
    if options.contender:
        return str(peak_of(options.contender, options.models[0], **sizes))
    return measure_memory(options.models, **sizes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast is it?")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in {
        "augment": "augmentation beside PIL and torchvision v2",
        "epoch": "whole epochs beside a plain PyTorch script",
        "overhead": "what an epoch takes beyond forward, backward and step",
        "flops": "arithmetic used, of what a matrix product reaches",
        "memory": "peak memory beside the plain script's",
        "contention": "a training beside another one, and beside a busy program, on the processor",
    }.items():
        command = commands.add_parser(name, help=about, description=about)
        is_contention = name == "contention"
        images = 4096 if is_contention else 50_000
        command.add_argument("--images", type=int, default=images, help=f"training images of an epoch ({images})")
        command.add_argument("--rounds", type=int, default=3, help="measured rounds, of which the median counts (3)")
        usable = num_usable_cpus()
        if is_contention:
            command.add_argument("--threads", type=int, nargs="+", default=sorted({1, usable}), help="threads of torch")
            command.add_argument("--seconds", type=float, default=3.0, help="of training in a round (3)")
        else:
            command.add_argument("--threads", type=int, default=usable, help="threads of torch")
        command.add_argument("--data-dir", type=Path, help="folder with CIFAR-10 (otherwise random images)")
        if name == "augment":
            command.add_argument("--augs", nargs="+", default=AUGS, help="presets")
            continue
        is_cuda = torch.cuda.is_available() and not is_contention
        command.add_argument("--models", nargs="+", default=_MODELS["cuda" if is_cuda else "cpu"], help="models")
        aug = "standard" if is_contention else "autoaugment"
        command.add_argument("--aug", default=aug, help=f"preset ({aug})")
        command.add_argument("--batch-size", type=int, default=512 if is_cuda else 128, help="images a step")
        if name == "epoch":
            command.add_argument("--compile", action="store_true", help="our own compiled as well")
        if name == "memory":
            command.add_argument("--contender", choices=CONTENDERS, help="only this one, in this process: bytes")
    for name, num_runs, about in (
        ("tables", 100_000, "tables over many runs"),
        ("pages", 10_000, "the dashboard in a browser, over many runs"),
    ):
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("--runs", type=int, default=num_runs, help=f"how many runs ({num_runs})")
        command.add_argument("--rounds", type=int, default=3, help="measured rounds, of which the median counts (3)")
        if name == "tables":
            command.add_argument("--db", help="URL of an empty database (otherwise SQLite in a temporary folder)")
    about = "Store.record beside the plain statements, by one and by many writers"
    command = commands.add_parser("recording", help=about, description=about)
    command.add_argument("--at", type=int, nargs="+", default=list(AT_EPOCHS), help="epochs, the least first")
    command.add_argument("--writers", type=int, default=16, help="processes that write at once (16)")
    command.add_argument("--seconds", type=float, default=10.0, help="for so long (10)")
    command.add_argument("--rounds", type=int, default=3, help="rounds, of each kind in turn (3)")
    command.add_argument("--db", help="URL of an empty PostgreSQL database, to measure it too")
    about = "expdb.track beside other trackers, those that are installed, and plain sqlite3"
    command = commands.add_parser("tracking", help=about, description=about)
    command.add_argument("--steps", type=int, default=2000, help="calls of 20 metrics, for 10 s at most (2000)")
    command.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (5)")
    command.add_argument("--wait", type=float, default=5.0, help="seconds that a run's points are waited for (5)")
    command.add_argument("--seconds", type=float, default=2.0, help="of logging before the kill -9 (2)")
    command.add_argument("--only", nargs="+", choices=list(TRACKERS), help="only these, beside plain sqlite3")
    about = "makes every fault at length, and tells what did not hold"
    command = commands.add_parser("faults", help=about, description=about)
    for name, number in vars(FaultLimits()).items():
        kind = float if name == "seconds" else int
        command.add_argument(f"--{name}", type=kind, default=number, help=f"see FaultLimits ({number})")
    command.add_argument("--only", nargs="+", help="only faults of these names")
    about = "the smallest architecture of every family at several sizes: built, computed, or refused in a line"
    command = commands.add_parser("families", help=about, description=about)
    command.add_argument("--sides", type=int, nargs="+", default=list(SIDES), help="sides of images in pixels")
    command.add_argument("--only", nargs="+", help="only these families")
    return parser


if __name__ == "__main__":
    main()
