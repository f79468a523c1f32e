"""What goes wrong in a network of the user's own when it runs: one line with its name, and no run that looks well."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.errors import SpecError
from expdb.train.model.count import describe_model
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture
from tests.factories import make_spec

HEAD = """
import sys
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.head, self.count = nn.Linear(256, num_classes), 0
    def forward(self, images):
        self.count += 1
        return self.shaped(self.head(images.flatten(1)))
    def shaped(self, logits):
        return logits

def build(num_classes, in_chans, img_size):
    return Small(num_classes)
"""
SHAPED = """
class Odd(Small):
    def shaped(self, logits):
        {line}
        return logits

Small = Odd
"""
ARGPARSE = "import argparse\nargparse.ArgumentParser().parse_args(['--no-such-option'])\n"
LATER = "if self.count > 7: "  # the first passes are fewer, and a run has more
UNSEEN = "logits.sum().item()\n        "  # the meta device cannot say it, so that only the run meets the whole batch
LARGE = "if len(logits) > 16: "
RUN = (
    "run",
    "--dataset",
    "digits",
    "--epochs",
    "2",
    "--batch-size",
    "32",
    "--set",
    "data.limit=64",
    "--img-size",
    "16",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("faulty_")]:
        del sys.modules[name]


def _shaped(line: str) -> str:
    return HEAD + SHAPED.format(line=line)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit()", "(SystemExit: SystemExit) when faulty_net was imported"),
        ("import sys; sys.exit(0)", "(SystemExit: 0) when faulty_net was imported"),
        ("raise SystemExit('done')", "(SystemExit: done) when faulty_net was imported"),
        (ARGPARSE, "(SystemExit: 2) when faulty_net was imported"),
        (HEAD + "\ndef build(**_): sys.exit(0)", "(SystemExit: 0) when called with num_classes=10"),
        (_shaped("sys.exit(0)"), "(SystemExit: 0) in evaluation on images of shape [1, 1, 16, 16]"),
        (_shaped("if self.training: sys.exit(0)"), "(SystemExit: 0) in training on images of shape [2, 1, 16, 16]"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_code_that_ends_the_program_is_refused_before_a_run(
    folder: Path,
    cli: Cli,  # noqa: F811
    code: str,
    words: str,
) -> None:
    (folder / "faulty_net.py").write_text(code)

    result = cli(*RUN, "--model", "faulty_net:build")

    last = result.err.splitlines()[-1]
    assert result.code == 2
    assert last.startswith("error: model faulty_net:build ended the program")
    assert words in last
    assert "keep what a script does under `if __name__ == '__main__'`" in last
    assert "no runs" in (listed := cli("ls")).out + listed.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LATER + "sys.exit(0)", "ended the program (SystemExit: 0) in "),
        ("if logits.requires_grad and len(logits) > 2: logits.register_hook(sys.exit)", "ended the program"),
        (LATER + "raise KeyError('what')", "fails in "),
        (UNSEEN + LARGE + "raise ValueError('too many\\nreally')", "fails in training on images of shape [32, 1, 16"),
        (UNSEEN + LARGE + "return logits[:16]", "returns a tensor of shape [16, 10] and type "),
        (UNSEEN + LARGE + "return logits, logits", "returns tuple of 2 (Tensor, Tensor) in training for a batch of 32"),
        ("if len(logits) > 32: return logits[:32]", "needed is a float tensor of shape [64, 10]"),
    ],
)
def test_fault_that_only_the_run_meets_fails_it_with_the_models_name(
    folder: Path,
    cli: Cli,  # noqa: F811
    line: str,
    words: str,
) -> None:
    (folder / "faulty_net.py").write_text(_shaped(line))

    result = cli(*RUN, "--model", "faulty_net:build", "--device", "cpu")

    told = [said for said in result.err.splitlines() if said.startswith("error: ")]
    assert result.code == 1
    assert len(told) == 1
    assert told[0].startswith("error: model faulty_net:build ")
    assert words in told[0]
    assert "report it" not in result.err
    assert "failed" in cli("ls").out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LARGE + "raise ValueError('too many')", "fails in training on images of shape [32, 1, 16, 16]"),
        (LARGE + "return logits[:16]", "returns a tensor of shape [16, 10] and type float32 in training for a batch"),
        (LARGE + "return {'logits': logits}", "returns dict with the keys logits in training for a batch of 32"),
        (LARGE + "sys.exit(0)", "ended the program (SystemExit: 0) in training on images of shape [32"),
    ],
)
def test_network_that_does_not_take_a_whole_batch_is_refused_before_a_run(folder: Path, line: str, words: str) -> None:
    (folder / "faulty_whole.py").write_text(_shaped(line))

    with pytest.raises(SpecError) as caught:
        describe_model(make_spec(model__name="faulty_whole:build", batch_size=32))

    assert words in str(caught.value)


@pytest.mark.parametrize("setting", [{"grad_accumulation": 2}, {"data__limit": 16}])
def test_network_need_not_take_more_images_than_a_step_computes_at_once(folder: Path, setting: dict[str, int]) -> None:
    (folder / "faulty_part.py").write_text(_shaped(LARGE + "raise ValueError('too many')"))

    assert describe_model(make_spec(model__name="faulty_part:build", batch_size=32, **setting)).num_params == 2570


@pytest.mark.parametrize("line", [UNSEEN, "logits = logits + torch.zeros(10)", "logits.detach().numpy()"])
def test_network_that_the_meta_device_cannot_run_is_not_refused(folder: Path, line: str) -> None:
    (folder / "faulty_seen.py").write_text(_shaped(line))

    assert describe_model(make_spec(model__name="faulty_seen:build", batch_size=32)).num_params == 2570


def test_out_of_memory_in_an_own_network_is_told_as_such(folder: Path, cli: Cli) -> None:  # noqa: F811
    (folder / "faulty_net.py").write_text(_shaped(LATER + "raise torch.OutOfMemoryError('CUDA out of memory')"))

    result = cli(*RUN, "--model", "faulty_net:build", "--device", "cpu")

    assert result.code == 1
    assert "out of memory with batch_size=32 at 16 px" in result.err


def test_module_beside_the_network_may_be_imported_in_its_forward(folder: Path, cli: Cli) -> None:  # noqa: F811
    (folder / "faulty_net.py").write_text(_shaped(LATER + "import faulty_late; logits = faulty_late.same(logits)"))
    (folder / "faulty_late.py").write_text("def same(logits):\n    return logits\n")

    assert cli(*RUN, "--model", "faulty_net:build", "--device", "cpu").code == 0
    assert "faulty_late" in sys.modules
    assert str(folder) not in sys.path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "changed = logits.exp(); changed += 1; logits = changed",
            "RuntimeError: one of the variables needed for gradi",
        ),
        ("if logits.requires_grad: logits.register_hook(lambda _: 1 / 0)", "ZeroDivisionError: division by zero"),
        ("if logits.requires_grad: logits.register_hook(sys.exit)", "ended the program"),
    ],
)
def test_network_without_a_gradient_is_refused_before_a_run(folder: Path, line: str, words: str) -> None:
    (folder / "faulty_gradient.py").write_text(_shaped(line))

    with pytest.raises(SpecError) as caught:
        describe_model(make_spec(model__name="faulty_gradient:build"))

    assert words in str(caught.value)
    assert "when its gradient is computed" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_interrupt_in_an_own_network_stays_an_interrupt(folder: Path) -> None:
    (folder / "faulty_stop.py").write_text(_shaped("raise KeyboardInterrupt"))

    with pytest.raises(KeyboardInterrupt):
        describe_model(make_spec(model__name="faulty_stop:build"))
