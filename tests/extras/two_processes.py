"""Trains by Lightning in two processes: `python two_processes.py STRATEGY`."""

import sys

import lightning.pytorch as pl

from expdb.integrations.lightning import ExpdbLogger
from tests.extras.digit_images import loader
from tests.extras.test_lightning import Classifier

if __name__ == "__main__":
    pl.seed_everything(5)
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    with ExpdbLogger(model="mlp", dataset="digits") as logger:
        trainer = pl.Trainer(
            logger=logger,
            max_epochs=2,
            accelerator="cpu",
            devices=2,
            strategy=sys.argv[1],
            log_every_n_steps=1,
            **quiet,
        )
        trainer.fit(Classifier(16), loader("train", seed=0), loader("test"))
