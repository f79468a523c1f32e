"""`pytorch_lightning` is the same trainer in a package of its own, whose classes are others."""

import os
import subprocess
import sys
from pathlib import Path

import expdb

SCRIPT = """
import pytorch_lightning as pl
import torch
from expdb.integrations.lightning import ExpdbLogger
from tests.extras.digit_images import loader

class Linear(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))

    def training_step(self, batch, _):
        loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

with ExpdbLogger(dataset="digits") as logger:
    assert isinstance(logger, pl.loggers.Logger)
    trainer = pl.Trainer(logger=logger, max_epochs=2, accelerator="cpu", enable_checkpointing=False)
    trainer.fit(Linear(), loader("train"))
"""


def test_a_training_by_the_old_package_is_recorded(tmp_path: Path) -> None:
    url, root = f"sqlite:///{tmp_path / 'runs.db'}", str(Path(__file__).parents[2])
    environment = {**os.environ, "EXPDB_URL": url, "PYTHONPATH": root}

    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, env=environment)

    assert done.returncode == 0, done.stderr
    (run,) = expdb.runs(db=url).to_dict("records")
    assert (run["status"], run["model"], run["epochs_done"], run["lr"]) == ("finished", "Linear", 2, 0.1)
    assert run["train_loss"] > 0
