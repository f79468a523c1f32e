"""The everyday settings that have a flag of their own in `expdb run`; all others go through `--set key=value`."""

FLAGS: dict[str, str] = {
    "--dataset": "data.dataset",
    "--model": "model.name",
    "--aug": "aug.preset",
    "--epochs": "epochs",
    "--batch-size": "batch_size",
    "--optimizer": "optim.name",
    "--lr": "optim.lr",
    "--weight-decay": "optim.weight_decay",
    "--momentum": "optim.momentum",
    "--scheduler": "schedule.name",
    "--warmup-epochs": "schedule.warmup_epochs",
    "--img-size": "data.img_size",
    "--seed": "seed",
    "--gpus": "gpus",
    "--device": "device",
    "--amp": "amp",
    "--compile": "compile",
}
